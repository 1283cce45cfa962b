using System.Text.Json;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language;

/// <summary>
/// What a folder's JSON files say of a model: genai_config.json of the GenAI builder and Olive, or config.json and generation_config.json of
/// transformers and Optimum.
/// </summary>
internal sealed record ModelFolder
{
    public required string Path { get; init; }

    public required string GraphFile { get; init; }

    public required string Architecture { get; init; }

    public required GraphNames Names { get; init; }

    public bool IsGenAi { get; init; }

    /// <summary>Written by this project's exporter.</summary>
    public bool IsPacked { get; init; }

    public int? ContextLength { get; init; }

    public int? VocabularySize { get; init; }

    public int? Layers { get; init; }

    public int? KvHeads { get; init; }

    public int? HeadSize { get; init; }

    /// <summary>Window of attention that the model was trained with, in tokens; null for none.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Which layers have the window; null for all.</summary>
    public IReadOnlyList<int>? WindowLayers { get; init; }

    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <exception cref="ModelLoadException">The folder holds no model this can load, or its JSON is broken.</exception>
    public static ModelFolder Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new ModelLoadException($"There is no model {folder}.");
        try
        {
            string own = System.IO.Path.Combine(folder, PackedGraphNames.Description);
            if (File.Exists(own)) return ReadPacked(folder, own);
            string genai = System.IO.Path.Combine(folder, "genai_config.json");
            return File.Exists(genai) ? ReadGenAi(folder, genai) : ReadExport(folder);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelLoadException($"The configuration in {folder} cannot be read: {e.Message}", e);
        }
    }

    private static ModelFolder ReadPacked(string folder, string file)
    {
        using JsonDocument document = Json.Open(file);
        JsonElement own = document.RootElement;
        string format = Json.Text(own, "format") ?? "none";
        if (format != PackedGraphNames.Format) throw new ModelLoadException($"{file} has format {format}; this build reads {PackedGraphNames.Format}.");
        return new ModelFolder
        {
            Path = folder,
            IsPacked = true,
            GraphFile = System.IO.Path.Combine(folder, "model.onnx"),
            Architecture = Json.Text(own, "architecture") ?? "unknown",
            Names = new GraphNames(),
            ContextLength = Json.Integer(own, "context_length"),
            VocabularySize = Json.Integer(own, "vocab_size"),
            Layers = Json.Integer(own, "num_hidden_layers"),
            KvHeads = Json.Integer(own, "num_key_value_heads"),
            HeadSize = Json.Integer(own, "head_dim"),
            EosTokenIds = Json.Integers(own, "eos_token_id"),
        };
    }

    private static ModelFolder ReadGenAi(string folder, string file)
    {
        using JsonDocument document = Json.Open(file);
        JsonElement model = document.RootElement.GetProperty("model"), decoder = model.GetProperty("decoder");
        JsonElement inputs = decoder.GetProperty("inputs"), outputs = decoder.GetProperty("outputs");
        GraphNames defaults = new();
        ModelFolder known = new()
        {
            Path = folder,
            IsGenAi = true,
            GraphFile = Inside(folder, Json.Text(decoder, "filename") ?? "model.onnx"),
            Architecture = Json.Text(model, "type") ?? "unknown",
            ContextLength = Json.Integer(model, "context_length"),
            VocabularySize = Json.Integer(model, "vocab_size"),
            Layers = Json.Integer(decoder, "num_hidden_layers"),
            KvHeads = Json.Integer(decoder, "num_key_value_heads"),
            HeadSize = Json.Integer(decoder, "head_size"),
            EosTokenIds = Json.Integers(model, "eos_token_id"),
            Names = new GraphNames
            {
                InputIds = Json.Text(inputs, "input_ids") ?? defaults.InputIds,
                AttentionMask = Json.Text(inputs, "attention_mask"),
                PositionIds = Json.Text(inputs, "position_ids"),
                PastKeys = Json.Text(inputs, "past_key_names") ?? defaults.PastKeys,
                PastValues = Json.Text(inputs, "past_value_names") ?? defaults.PastValues,
                PresentKeys = Json.Text(outputs, "present_key_names") ?? defaults.PresentKeys,
                PresentValues = Json.Text(outputs, "present_value_names") ?? defaults.PresentValues,
                Logits = Json.Text(outputs, "logits") ?? defaults.Logits,
            },
        };
        if (decoder.TryGetProperty("sliding_window", out JsonElement window) && window.ValueKind == JsonValueKind.Object)
        {
            // An empty list of layers is what the builder writes when it lost them; the window is the model's all the same.
            IReadOnlyList<int> layers = Json.Integers(window, "layers");
            known = known with { SlidingWindow = Json.Integer(window, "window_size"), WindowLayers = layers.Count == 0 ? null : layers };
        }
        string config = System.IO.Path.Combine(folder, "config.json");
        return File.Exists(config) ? WithConfig(known, config) : known;
    }

    private static ModelFolder ReadExport(string folder)
    {
        string config = System.IO.Path.Combine(folder, "config.json");
        if (!File.Exists(config)) throw new ModelLoadException($"{folder} has neither genai_config.json nor config.json.");
        string[] candidates = ["model.onnx", "onnx/model.onnx", "decoder_with_past_model.onnx", "decoder_model_merged.onnx"];
        string file = candidates.FirstOrDefault(name => File.Exists(System.IO.Path.Combine(folder, name)))
            ?? throw new ModelLoadException($"{folder} has no ONNX graph (looked for {string.Join(", ", candidates)}).");
        return WithConfig(new ModelFolder
        {
            Path = folder,
            GraphFile = System.IO.Path.Combine(folder, file),
            Architecture = "unknown",
            Names = new GraphNames(),
        }, config);
    }

    private static ModelFolder WithConfig(ModelFolder known, string file)
    {
        using JsonDocument document = Json.Open(file);
        JsonElement config = document.RootElement;
        int? heads = Json.Integer(config, "num_attention_heads");
        ModelFolder read = known with
        {
            Architecture = Json.Text(config, "model_type") ?? known.Architecture,
            ContextLength = known.ContextLength ?? Json.Integer(config, "max_position_embeddings"),
            VocabularySize = known.VocabularySize ?? Json.Integer(config, "vocab_size"),
            Layers = known.Layers ?? Json.Integer(config, "num_hidden_layers"),
            KvHeads = known.KvHeads ?? Json.Integer(config, "num_key_value_heads") ?? heads,
            HeadSize = known.HeadSize ?? Json.Integer(config, "head_dim") ?? Json.Integer(config, "hidden_size") / heads,
        };
        if (read.SlidingWindow is null && WindowOf(config) is { } window) read = read with { SlidingWindow = window, WindowLayers = WindowedLayers(config) };
        if (read.EosTokenIds.Count > 0) return read;
        string generation = System.IO.Path.Combine(known.Path, "generation_config.json");
        IReadOnlyList<int> eos = [];
        if (File.Exists(generation))
        {
            using JsonDocument more = Json.Open(generation);
            eos = Json.Integers(more.RootElement, "eos_token_id");
        }
        return read with { EosTokenIds = eos.Count > 0 ? eos : Json.Integers(config, "eos_token_id") };
    }

    private static int? WindowOf(JsonElement config)
    {
        bool off = config.TryGetProperty("use_sliding_window", out JsonElement use) && use.ValueKind == JsonValueKind.False;
        return off ? null : Json.Integer(config, "sliding_window");
    }

    private static List<int>? WindowedLayers(JsonElement config)
    {
        if (!config.TryGetProperty("layer_types", out JsonElement types) || types.ValueKind != JsonValueKind.Array) return null;
        return [.. types.EnumerateArray().Select((type, layer) => (type, layer)).Where(t => t.type.GetString() == "sliding_attention").Select(t => t.layer)];
    }

    // A configuration names a file beside it, never one elsewhere on the machine.
    private static string Inside(string folder, string name)
    {
        string full = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, name));
        string root = System.IO.Path.GetFullPath(folder) + System.IO.Path.DirectorySeparatorChar;
        if (!full.StartsWith(root, StringComparison.Ordinal)) throw new ModelLoadException($"genai_config.json names a file outside its folder: {name}.");
        return File.Exists(full) ? full : throw new ModelLoadException($"genai_config.json names {name}, which does not exist.");
    }
}
