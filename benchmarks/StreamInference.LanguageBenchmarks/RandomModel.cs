using System.Text.Json.Nodes;
using StreamInference.Onnx.Language.Export;

namespace StreamInference.LanguageBenchmarks;

/// <summary>Llama graphs of random weights in our own form and as a GenAI folder: the same matrices, so that only the engines differ.</summary>
internal sealed class RandomModel : IWeightSource
{
    private readonly Dictionary<string, long[]> _shapes;

    private RandomModel(DecoderConfig config) => _shapes = DecoderTensors.Expected(config).ToDictionary(t => t.Name, t => t.Shape);

    public IReadOnlyCollection<string> Names => _shapes.Keys;

    /// <summary>About 15 million parameters besides a vocabulary of 32,000.</summary>
    public static DecoderConfig Small { get; } = Config(hidden: 288, intermediate: 768, layers: 6, heads: 6, kvHeads: 6);

    /// <summary>About 110 million.</summary>
    public static DecoderConfig Large { get; } = Config(hidden: 768, intermediate: 2048, layers: 12, heads: 12, kvHeads: 4);

    public static string Write(string root, string name, DecoderConfig config, WeightPrecision precision, bool genAi, string tokenizerFolder)
    {
        string folder = Path.Combine(root, $"{name}-{precision}{(genAi ? "-genai" : "")}");
        Directory.CreateDirectory(folder);
        LanguageModelExporter.Write(config, new RandomModel(config), folder, new LanguageModelExportOptions { Precision = precision, GenAiInterface = genAi });
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json" }) File.WriteAllBytes(Path.Combine(folder, file), File.ReadAllBytes(Path.Combine(tokenizerFolder, file)));
        if (!genAi) return folder;
        File.Delete(Path.Combine(folder, "streaminfer.json"));
        File.WriteAllText(Path.Combine(folder, "genai_config.json"), GenAiConfig(config).ToJsonString());
        return folder;
    }

    public IReadOnlyList<long> ShapeOf(string name) => _shapes[name];

    public BlockMatrix? ReadBlocks(string name) => null;

    public float[] Read(string name)
    {
        Random random = new(name.Length * 7919 + name[^8]);
        float scale = name.Contains("norm", StringComparison.Ordinal) ? 0 : 0.05f;
        float[] values = new float[_shapes[name].Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = scale == 0 ? 1 : (random.NextSingle() - 0.5f) * 2 * scale;
        return values;
    }

    public void Dispose()
    {
    }

    private static DecoderConfig Config(int hidden, int intermediate, int layers, int heads, int kvHeads) => new()
    {
        Architecture = "llama",
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        Layers = layers,
        Heads = heads,
        KvHeads = kvHeads,
        HeadSize = hidden / heads,
        VocabularySize = 32_000,
        ContextLength = 4096,
        NormEpsilon = 1e-5f,
        Rotary = new RotaryScaling(),
        TiedHead = true,
        Windows = [.. Enumerable.Repeat(-1, layers)],
        EosTokenIds = [2],
    };

    private static JsonObject GenAiConfig(DecoderConfig c) => new()
    {
        ["model"] = new JsonObject
        {
            ["bos_token_id"] = 1,
            ["eos_token_id"] = 2,
            ["pad_token_id"] = 2,
            ["context_length"] = c.ContextLength,
            ["type"] = "llama",
            ["vocab_size"] = c.VocabularySize,
            ["decoder"] = new JsonObject
            {
                ["session_options"] = new JsonObject { ["provider_options"] = new JsonArray() },
                ["filename"] = "model.onnx",
                ["head_size"] = c.HeadSize,
                ["hidden_size"] = c.HiddenSize,
                ["num_attention_heads"] = c.Heads,
                ["num_hidden_layers"] = c.Layers,
                ["num_key_value_heads"] = c.KvHeads,
                ["inputs"] = new JsonObject
                {
                    ["input_ids"] = "input_ids",
                    ["attention_mask"] = "attention_mask",
                    ["past_key_names"] = "past_key_values.%d.key",
                    ["past_value_names"] = "past_key_values.%d.value",
                },
                ["outputs"] = new JsonObject { ["logits"] = "logits", ["present_key_names"] = "present.%d.key", ["present_value_names"] = "present.%d.value" },
            },
        },
        ["search"] = new JsonObject { ["do_sample"] = false, ["max_length"] = c.ContextLength, ["past_present_share_buffer"] = true, ["num_beams"] = 1 },
    };
}
