using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Tabular;

/// <summary>Reads and checks a <c>model.yaml</c> of kind tabular; every mistake is reported, with file, line and key.</summary>
public static class TabularDescriptionReader
{
    /// <summary>The kind that the description names.</summary>
    public const string Kind = "tabular";

    /// <summary>The most rows that a description may ask for in one run.</summary>
    public const int LargestBatch = 1 << 20;

    // What a result holds beside the outputs.
    private static readonly string[] ReservedNames = ["decision", "threshold", "model", "version", "latency_ms"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelDescriptionException">The description has mistakes; all of them.</exception>
    public static TabularModelDescription ReadFile(string file) => Read(File.ReadAllText(file), file);

    /// <summary>Reads a description.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">What messages call it.</param>
    /// <exception cref="ModelDescriptionException">The description has mistakes; all of them.</exception>
    public static TabularModelDescription Read(string yaml, string file)
    {
        DescriptionErrors errors = new(file);
        YamlMap? map = YamlFile.Read(yaml, errors);
        TabularModelDescription? description = map is null ? null : Read(map, errors);
        errors.ThrowIfAny();
        return description!;
    }

    private static TabularModelDescription Read(YamlMap map, DescriptionErrors errors)
    {
        map.Allow(DescriptionKeys.Model);
        if (map.RequiredText("kind") is { Length: > 0 } kind && kind != Kind) map.Error("kind", $"must be {Kind} here");
        if (!map.Has("version")) map.Error("version", "is missing");
        IReadOnlyList<OutputDescription> outputs = Outputs(map);
        DecisionDescription? decision = map.Map("decision") is { } thresholds ? Decision(thresholds, outputs) : null;
        TabularModelDescription description = new()
        {
            Name = map.RequiredText("name"),
            Version = map.Integer("version", 1, int.MaxValue) ?? 0,
            File = map.Text("file") ?? "model.onnx",
            Providers = Providers(map),
            Require = map.Text("require") is { } required ? Provider(map, "require", required) : null,
            Threads = map.Integer("threads", 1, 1024) ?? 1,
            MaxBatchSize = map.Integer("max_batch_size", 1, LargestBatch) ?? 1024,
            AllowRowDependence = map.Flag("allow_row_dependence"),
            AllowNonFinite = map.Flag("allow_non_finite"),
            Latency = map.Flag("latency"),
            Inputs = new InputReader(errors).Read(map),
            Outputs = outputs,
            Decision = decision,
            Passthrough = Passthrough(map, errors, outputs, decision),
            State = StateDescription.Read(map.Map("state")),
        };
        CheckReferences(map, description);
        return description;
    }

    private static IReadOnlyList<ExecutionProvider> Providers(YamlMap map)
    {
        if (!map.Has("providers")) return [ExecutionProvider.Cpu];
        return [.. map.Scalars("providers").Select(node => Provider(map, "providers", node.Value ?? ""))];
    }

    private static ExecutionProvider Provider(YamlMap map, string key, string name)
    {
        if (!ExecutionProviders.TryParse(name, out ExecutionProvider provider))
            map.Error(key, $"'{name}' is not a provider; known are {string.Join(", ", ExecutionProviders.Names)}");
        return provider;
    }

    private static IReadOnlyList<OutputDescription> Outputs(YamlMap map)
    {
        List<OutputDescription> outputs = [];
        if (map.Map("outputs") is not { } named)
        {
            if (!map.Has("outputs")) map.Error("outputs", "is missing");
            return outputs;
        }

        foreach (string name in named.Keys)
        {
            if (ReservedNames.Contains(name)) named.Error(name, "is a name that the result uses itself");
            if (named.Map(name) is { } output) outputs.Add(Output(name, output));
        }

        if (outputs.Count == 0 && !named.Keys.Any()) map.Error("outputs", "must name at least one output");
        return outputs;
    }

    private static OutputDescription Output(string name, YamlMap map)
    {
        map.Allow(DescriptionKeys.Output);
        if (new[] { "column", "class", "reconstruction_of" }.Count(map.Has) > 1) map.Error("column", "column, class and reconstruction_of exclude each other");
        return new OutputDescription
        {
            Name = name,
            Tensor = map.RequiredText("tensor"),
            Column = map.Integer("column", 0, int.MaxValue),
            Class = map.Text("class"),
            ReconstructionOf = map.Text("reconstruction_of"),
        };
    }

    private static DecisionDescription Decision(YamlMap map, IReadOnlyList<OutputDescription> outputs)
    {
        map.Allow(DescriptionKeys.Decision);
        ThresholdComparison when = ThresholdComparison.AtLeast;
        if (map.Text("when") is { } text && !DescriptionKeys.Comparisons.TryGetValue(text, out when))
            map.Error("when", $"must be one of {string.Join(", ", DescriptionKeys.Comparisons.Keys)}");
        string output = map.Text("output") ?? "score";
        if (outputs.All(known => known.Name != output)) map.Error("output", $"'{output}' is not among the outputs");
        List<ThresholdDescription> thresholds = [];
        foreach (YamlMap threshold in map.Maps("thresholds"))
        {
            threshold.Allow(DescriptionKeys.Threshold);
            thresholds.Add(new ThresholdDescription(threshold.RequiredNumber("at"), threshold.RequiredText("name")));
        }

        if (thresholds.Count == 0) map.Error("thresholds", map.Has("thresholds") ? "must have at least one threshold" : "is missing");
        if (thresholds.DistinctBy(threshold => threshold.At).Count() != thresholds.Count) map.Error("thresholds", "has the same threshold twice");
        bool highIsStrict = when is ThresholdComparison.AtLeast or ThresholdComparison.Above;
        thresholds.Sort((left, right) => highIsStrict ? right.At.CompareTo(left.At) : left.At.CompareTo(right.At));
        return new DecisionDescription { Thresholds = thresholds, Otherwise = map.RequiredText("otherwise"), When = when, Output = output };
    }

    private static List<PassthroughDescription> Passthrough(YamlMap map, DescriptionErrors errors, IReadOnlyList<OutputDescription> outputs, DecisionDescription? decision)
    {
        List<PassthroughDescription> passthrough = [];
        foreach ((YamlNode node, string path) in map.Items("passthrough"))
        {
            YamlMap? named = node is YamlMappingNode mapping ? new YamlMap(mapping, path, errors) : null;
            named?.Allow(DescriptionKeys.Passthrough);
            IReadOnlyList<string>? when = named is null ? null : Decisions(named, decision);
            foreach (string field in Fields(named, node))
            {
                string[]? segments = FieldPattern.Segments(field);
                if (segments is null) errors.Add(node.Start, path, $"'{field}' is not a JSON pointer such as /transaction_id");
                string name = named?.Text("as") ?? segments?[^1] ?? field;
                if (ReservedNames.Contains(name) || outputs.Any(output => output.Name == name) || passthrough.Any(other => other.Name == name))
                    errors.Add(node.Start, path, $"the result has another {name}; give this one a name with as");
                passthrough.Add(new PassthroughDescription(field, name, when));
            }
        }

        return passthrough;
    }

    private static IEnumerable<string> Fields(YamlMap? named, YamlNode node)
    {
        if (named is null) return [(node as YamlScalarNode)?.Value ?? ""];
        if (!named.Has("fields")) return [named.RequiredText("field")];
        if (named.Has("field")) named.Error("fields", "excludes field");
        if (named.Has("as")) named.Error("as", "names one field; use field");
        return named.Scalars("fields").Select(field => field.Value ?? "");
    }

    private static List<string>? Decisions(YamlMap passthrough, DecisionDescription? decision)
    {
        if (!passthrough.Has("when")) return null;
        List<string> names = [.. passthrough.Scalars("when").Select(name => name.Value ?? "")];
        if (names.Count == 0) passthrough.Error("when", "must name at least one decision");
        foreach (string name in names)
            if (decision is null || (name != decision.Otherwise && decision.Thresholds.All(threshold => threshold.Name != name))) passthrough.Error("when", $"'{name}' is none of the decisions");
        return names;
    }

    private static void CheckReferences(YamlMap map, TabularModelDescription description)
    {
        foreach (OutputDescription output in description.Outputs.Where(output => output.ReconstructionOf is not null))
        {
            if (description.Inputs.All(input => input.Tensor != output.ReconstructionOf || input.Constant is not null))
                map.Map("outputs")!.Map(output.Name)!.Error("reconstruction_of", $"'{output.ReconstructionOf}' is not an input with features");
        }

        bool hasFeatures = description.Inputs.Any(input => input.Constant is null);
        if (map.Has("inputs") && !hasFeatures) map.Error("inputs", "must fill at least one tensor with features");
    }
}
