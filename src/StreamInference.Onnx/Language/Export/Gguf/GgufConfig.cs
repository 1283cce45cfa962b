using System.Globalization;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export.Gguf;

/// <summary>Architecture from a GGUF file's metadata; an unknown key of the architecture is an error that names it.</summary>
internal static class GgufConfig
{
    private static readonly string[] Families = ["llama", "qwen2", "qwen3"];

    private static readonly HashSet<string> Known =
    [
        "context_length", "embedding_length", "block_count", "feed_forward_length", "vocab_size", "attention.head_count", "attention.head_count_kv",
        "attention.layer_norm_rms_epsilon", "attention.key_length", "attention.value_length", "attention.sliding_window", "rope.freq_base",
        "rope.dimension_count", "rope.scaling.type", "rope.scaling.factor", "rope.scaling.original_context_length", "rope.scaling.attn_factor",
        "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow", "rope.scaling.finetuned",
    ];

    /// <exception cref="ModelLoadException">Every unknown key and impossible value, by name.</exception>
    public static DecoderConfig Read(GgufFile file)
    {
        string family = file.Metadata.GetValueOrDefault("general.architecture") as string ?? "none";
        List<string> faults = [];
        if (!Families.Contains(family)) faults.Add($"general.architecture {family} is not one of {string.Join(", ", Families)}");
        string prefix = family + ".";
        foreach (string key in file.Metadata.Keys)
            if (key.StartsWith(prefix, StringComparison.Ordinal) && !Known.Contains(key[prefix.Length..])) faults.Add($"{key} is a feature this exporter does not know");
        if (!file.Tensors.TryGetValue("token_embd.weight", out GgufFile.Tensor? embedding) || embedding.Shape.Length != 2)
            faults.Add("token_embd.weight is missing or no matrix");
        if (faults.Count > 0) throw Refused(faults);
        DecoderConfig config = Build(file, family, (int)embedding!.Shape[0], faults);
        faults.AddRange(config.Faults());
        return faults.Count > 0 ? throw Refused(faults) : config;
    }

    private static DecoderConfig Build(GgufFile file, string family, int vocabulary, List<string> faults)
    {
        double? Number(string key)
            => file.Metadata.TryGetValue(family + "." + key, out object? value) && value is IConvertible and not string
                ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;
        int Required(string key)
        {
            if (Number(key) is not { } value || value is < 0 or > int.MaxValue) faults.Add($"{family}.{key} is missing");
            return (int)Math.Clamp(Number(key) ?? 1, 0, int.MaxValue);
        }

        int heads = Required("attention.head_count"), hidden = Required("embedding_length"), layers = Required("block_count");
        int headSize = (int)(Number("attention.key_length") ?? hidden / Math.Max(1, heads));
        if (Number("attention.value_length") is { } values && values != headSize) faults.Add("attention.value_length differs from key_length");
        if (Number("rope.dimension_count") is { } rotated && rotated != headSize) faults.Add($"rope.dimension_count {rotated} is not the head size {headSize}");
        int window = (int)(Number("attention.sliding_window") ?? -1);
        int context = Required("context_length");
        return new DecoderConfig
        {
            Architecture = family,
            HiddenSize = hidden,
            IntermediateSize = Required("feed_forward_length"),
            Layers = layers,
            Heads = heads,
            KvHeads = (int)(Number("attention.head_count_kv") ?? heads),
            HeadSize = headSize,
            VocabularySize = vocabulary,
            ContextLength = context,
            NormEpsilon = (float)(Number("attention.layer_norm_rms_epsilon") ?? 1e-5),
            Rotary = Rotary(file, family, Number, context, headSize, faults),
            // llama.cpp keeps the rows of this family in the order of neighbouring pairs.
            RotaryInterleaved = family == "llama",
            TiedHead = !file.Tensors.ContainsKey("output.weight"),
            QkvBias = file.Tensors.ContainsKey("blk.0.attn_q.bias"),
            OutputBias = file.Tensors.ContainsKey("blk.0.attn_output.bias"),
            QkNorm = file.Tensors.ContainsKey("blk.0.attn_q_norm.weight"),
            Windows = [.. Enumerable.Repeat(window > 0 ? window : -1, Math.Clamp(layers, 0, 4096))],
            EosTokenIds = EosOf(file),
        };
    }

    private static RotaryScaling Rotary(GgufFile file, string family, Func<string, double?> number, int context, int headSize, List<string> faults)
    {
        string type = file.Metadata.GetValueOrDefault(family + ".rope.scaling.type") as string ?? "none";
        if (type is not ("none" or "linear" or "yarn")) faults.Add($"{family}.rope.scaling.type {type} is not supported");
        float[]? divisors = null;
        if (file.Tensors.TryGetValue(GgufWeights.RotaryDivisors, out GgufFile.Tensor? tensor))
        {
            if (tensor.Type != GgufType.F32 || tensor.Elements != headSize / 2) faults.Add($"{GgufWeights.RotaryDivisors} does not fit the head size");
            else divisors = GgufBlocks.Floats(tensor.Type, file.Bytes(tensor));
        }
        double factor = number("rope.scaling.factor") ?? 1;
        if (type != "none" && !(factor >= 1)) faults.Add($"{family}.rope.scaling.factor is {factor}");
        return new RotaryScaling
        {
            Theta = number("rope.freq_base") ?? 10_000,
            Type = type == "none" ? "default" : type,
            Factor = factor,
            OriginalLength = number("rope.scaling.original_context_length") ?? context,
            BetaFast = number("rope.scaling.yarn_beta_fast") ?? 32,
            BetaSlow = number("rope.scaling.yarn_beta_slow") ?? 1,
            AttentionFactor = number("rope.scaling.attn_factor"),
            FrequencyDivisors = divisors,
        };
    }

    private static List<int> EosOf(GgufFile file)
    {
        List<int> ids = [];
        foreach (string key in new[] { "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id" })
            if (file.Metadata.GetValueOrDefault(key) is uint id && !ids.Contains((int)id)) ids.Add((int)id);
        return ids;
    }

    private static ModelLoadException Refused(List<string> faults) => new($"The GGUF file cannot be exported: {string.Join("; ", faults)}.");
}
