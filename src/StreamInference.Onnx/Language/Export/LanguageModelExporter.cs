using System.Text.Json;
using StreamInference.Onnx.Language.Export.Gguf;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export;

/// <summary>What an export is to be.</summary>
public sealed record LanguageModelExportOptions
{
    /// <summary>How matrices are stored.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Stored;

    /// <summary>
    /// Products with 4-bit matrices take activations as they are instead of rounding them to 8 bits: the answers of the stored weights, at more time
    /// per batched token.
    /// </summary>
    public bool ExactActivations { get; init; }

    /// <summary>Inputs as the GenAI model builder writes them, so that a peer can run the same graph.</summary>
    internal bool GenAiInterface { get; init; }

    /// <summary>Longest sequence that the graph can take; null means the model's own limit, at most 8,192.</summary>
    public int? MaxSequenceLength { get; init; }
}

/// <summary>Writes a folder that <see cref="LanguageModelLoader"/> loads, from a checkpoint: safetensors with config.json, or a GGUF file.</summary>
public static class LanguageModelExporter
{
    private const int DefaultMaxLength = 8192;

    private static readonly string[] Companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json",
    ];

    /// <summary>
    /// Exports <paramref name="source"/> to <paramref name="folder"/>, which is created: a folder of safetensors, a .gguf file, or a llama2.c .bin file
    /// with its tokenizer (tok*.bin) beside it.
    /// </summary>
    /// <exception cref="ModelLoadException">The checkpoint has a feature or a fault that stands against it; all are named.</exception>
    public static void Export(string source, string folder, LanguageModelExportOptions? options = null)
    {
        options ??= new LanguageModelExportOptions();
        Directory.CreateDirectory(folder);
        if (source.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)) ExportGguf(source, folder, options);
        else if (source.EndsWith(".bin", StringComparison.OrdinalIgnoreCase)) ExportLlama2c(source, folder, options);
        else ExportSafetensors(source, folder, options);
    }

    private static void ExportGguf(string source, string folder, LanguageModelExportOptions options)
    {
        using GgufFile file = GgufFile.Open(source);
        DecoderConfig config = GgufConfig.Read(file);
        using GgufWeights weights = new(file);
        Write(config, weights, folder, options);
        GgufTokenizer.Write(file, folder);
    }

    private static void ExportLlama2c(string source, string folder, LanguageModelExportOptions options)
    {
        using Llama2cFile file = Llama2cFile.Open(source);
        Write(file.Config, file, folder, options);
        string? tokenizer = Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(source))!, "tok*.bin").FirstOrDefault();
        if (tokenizer is null) throw new ModelLoadException($"There is no tokenizer (tok*.bin) beside {source}.");
        Llama2cFile.WriteTokenizer(tokenizer, file.Config.VocabularySize, folder);
    }

    private static void ExportSafetensors(string source, string folder, LanguageModelExportOptions options)
    {
        DecoderConfig config = HuggingFaceConfig.Read(Path.Combine(source, "config.json"));
        using (SafetensorsFile weights = SafetensorsFile.Open(source))
        {
            // A tied matrix may be stored under either name.
            if (config.TiedHead) weights.Alias("model.embed_tokens.weight", "lm_head.weight");
            Write(config, weights, folder, options);
        }

        foreach (string file in Companions)
            if (File.Exists(Path.Combine(source, file))) File.WriteAllBytes(Path.Combine(folder, file), File.ReadAllBytes(Path.Combine(source, file)));
    }

    internal static void Write(DecoderConfig config, IWeightSource weights, string folder, LanguageModelExportOptions options)
    {
        if (config.Faults().ToList() is { Count: > 0 } faults) throw new ModelLoadException($"The model cannot be exported: {string.Join("; ", faults)}.");
        int positions = options.MaxSequenceLength ?? Math.Min(config.ContextLength, DefaultMaxLength);
        if (positions < 2 || positions > config.ContextLength)
            throw new ModelLoadException($"MaxSequenceLength must be 2 to the model's {config.ContextLength}, it is {positions}.");
        CheckShapes(config, weights);
        (config, weights) = PaddedHeads.For(config, weights);
        // The model builder's graphs have the scale as an attribute.
        if (!options.GenAiInterface) (config, weights) = ScaledQueries.For(config, weights);
        using OnnxWriter graph = new(Path.Combine(folder, "model.onnx"));
        DecoderGraphWriter writer = new(graph, config, weights, options);
        writer.Write(positions);
        RefuseUnused(weights, writer.UsedTensors, config);
        graph.Save();
        if (!options.GenAiInterface) WriteMixed(graph, config, weights, folder, options, positions);
        WriteDescription(config, folder, options, positions);
    }

    private static void WriteMixed(
        OnnxWriter plain, DecoderConfig config, IWeightSource weights, string folder, LanguageModelExportOptions options, int positions)
    {
        using OnnxWriter graph = new(Path.Combine(folder, PackedGraphNames.MixedFile), plain);
        new DecoderGraphWriter(graph, config, weights, options, mixed: true).Write(positions);
        graph.Save();
    }

    /// <summary>Every tensor has the shape that the configuration says; a lying file is refused before a matrix is read by its numbers.</summary>
    private static void CheckShapes(DecoderConfig config, IWeightSource weights)
    {
        List<string> faults = [];
        foreach ((string name, long[] shape) in DecoderTensors.Expected(config))
        {
            if (!weights.Names.Contains(name)) faults.Add($"tensor {name} is missing");
            else if (!weights.ShapeOf(name).SequenceEqual(shape))
                faults.Add($"tensor {name} is [{string.Join(", ", weights.ShapeOf(name))}], [{string.Join(", ", shape)}] is expected");
            if (faults.Count >= 20) break;
        }
        if (faults.Count > 0) throw new ModelLoadException($"The checkpoint does not fit its configuration: {string.Join("; ", faults)}.");
    }

    private static void RefuseUnused(IWeightSource weights, IReadOnlySet<string> used, DecoderConfig config)
    {
        string[] unused = [.. weights.Names.Where(name => !used.Contains(name) && !IsDerived(name, config)).Order(StringComparer.Ordinal)];
        if (unused.Length > 0)
            throw new ModelLoadException($"The checkpoint has tensors that the graph would ignore: {string.Join(", ", unused.Take(10))}.");
    }

    // Buffers that are computed from the configuration, and a tied head that is written out.
    private static bool IsDerived(string name, DecoderConfig config)
        => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TiedHead && name == "lm_head.weight");

    private static void WriteDescription(DecoderConfig config, string folder, LanguageModelExportOptions options, int positions)
    {
        using FileStream file = File.Create(Path.Combine(folder, PackedGraphNames.Description));
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("format", PackedGraphNames.Format);
        json.WriteString("architecture", config.Architecture);
        json.WriteString("precision", options.Precision.ToString().ToLowerInvariant());
        json.WriteNumber("context_length", positions);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_key_value_heads", config.KvHeads);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteStartArray("eos_token_id");
        foreach (int eos in config.EosTokenIds) json.WriteNumberValue(eos);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
