using StreamInference.Onnx.Descriptions;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Tabular;

/// <summary>Reads the steps of a feature: <c>transform: name</c> with its parameters beside it, or <c>transforms: [name, {name: {…}}]</c>.</summary>
internal static class TransformReader
{
    /// <summary>The parameters that stand beside <c>transform</c> in the same mapping, for the check of unknown keys.</summary>
    internal static string[] InlineParameters(YamlMap map) =>
        map.Node("transform") is YamlScalarNode { Value: { } name } && DescriptionKeys.Transforms.TryGetValue(name, out string[]? parameters) ? parameters : [];

    /// <summary>The steps for column <paramref name="index"/> of a list of fields; parameters may be lists with a number for each field.</summary>
    internal static IReadOnlyList<FeatureTransform> Read(YamlMap map, DescriptionErrors errors, int index, int count)
    {
        List<FeatureTransform> steps = [];
        if (map.Has("transform") && map.Has("transforms")) map.Error("transforms", "stands beside transform; use one of them");
        if (map.Text("transform") is { } name) Add(steps, One(name, map, "transform", index, count));
        foreach ((YamlNode node, string path) in map.Items("transforms"))
        {
            if (node is YamlScalarNode { Value: { } bare }) Add(steps, One(bare, new YamlMap(new YamlMappingNode(), path, errors), "", index, count, node, errors));
            else if (node is YamlMappingNode { Children.Count: 1 } named) Add(steps, Named(named, path, errors, index, count));
            else errors.Add(node.Start, path, "must be the name of a transform, or a mapping from its name to its parameters");
        }

        CheckOrder(map, steps);
        return steps;
    }

    private static FeatureTransform? Named(YamlMappingNode named, string path, DescriptionErrors errors, int index, int count)
    {
        (YamlNode key, YamlNode value) = named.Children.Single();
        string name = (key as YamlScalarNode)?.Value ?? "";
        if (value is not YamlMappingNode parameters)
        {
            // {divide: 86400}: the one parameter needs no name.
            if (value is not YamlScalarNode || !DescriptionKeys.Transforms.TryGetValue(name, out string[]? known) || known.Length != 1)
            {
                errors.Add(value.Start, $"{path}.{name}", "must be a mapping of parameters");
                return null;
            }

            parameters = new YamlMappingNode(new YamlScalarNode(known[0]), value);
        }

        YamlMap map = new(parameters, $"{path}.{name}", errors);
        if (DescriptionKeys.Transforms.TryGetValue(name, out string[]? allowed)) map.Allow(allowed);
        return One(name, map, "", index, count, key, errors);
    }

    private static FeatureTransform? One(string name, YamlMap map, string key, int index, int count, YamlNode? node = null, DescriptionErrors? errors = null)
    {
        if (DescriptionKeys.Transforms.ContainsKey(name)) return Make(name, new TransformParameters(map, index, count));
        string message = $"is not a transform: '{name}'; known are {string.Join(", ", DescriptionKeys.Transforms.Keys)}";
        if (node is not null) errors!.Add(node.Start, map.Path, message);
        else map.Error(key, message);
        return null;
    }

    private static FeatureTransform Make(string name, TransformParameters parameters) => name switch
    {
        "log1p" => new FeatureTransform.Log1p(),
        "standardize" => new FeatureTransform.Standardize(parameters.Number("mean"), parameters.NonZero("std")),
        "min_max" => parameters.Range() is var (min, max) ? new FeatureTransform.MinMax(min, max) : null!,
        "clip" => parameters.Range() is var (min, max) ? new FeatureTransform.Clip(min, max) : null!,
        "modulo" => new FeatureTransform.Modulo(parameters.Positive("by")),
        "divide" => new FeatureTransform.Divide(parameters.NonZero("by")),
        "multiply" => new FeatureTransform.Multiply(parameters.Number("by")),
        "sine" => new FeatureTransform.Sine(parameters.Positive("period")),
        "cosine" => new FeatureTransform.Cosine(parameters.Positive("period")),
        "boolean" => new FeatureTransform.Boolean(),
        "ordinal" => new FeatureTransform.Ordinal(parameters.Values(), parameters.OptionalNumber("unknown")),
        _ => new FeatureTransform.OneHot(parameters.Values(), parameters.Flag("unknown_bucket"), parameters.Ignore("unknown")),
    };

    private static void Add(List<FeatureTransform> steps, FeatureTransform? step)
    {
        if (step is not null) steps.Add(step);
    }

    private static void CheckOrder(YamlMap map, List<FeatureTransform> steps)
    {
        string key = map.Has("transforms") ? "transforms" : "transform";
        if (steps.Skip(1).Any(step => step is FeatureTransform.Ordinal or FeatureTransform.OneHot or FeatureTransform.Boolean))
            map.Error(key, "ordinal, one_hot and boolean read the record's own value, so they come first");
        if (steps.Count > 1 && steps[0] is FeatureTransform.OneHot) map.Error(key, "one_hot stands alone: its columns are 0 and 1");
    }
}
