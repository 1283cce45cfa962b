using System.Text.Json;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export;

/// <summary>
/// Reads config.json of transformers (both its layouts) strictly: a key that is neither used nor known to be without effect is an error that names
/// it, because a feature that is ignored gives a model that runs and is wrong.
/// </summary>
internal static class HuggingFaceConfig
{
    private static readonly string[] Families = ["llama", "mistral", "qwen2", "qwen3"];

    // Read below, or without effect on inference.
    private static readonly HashSet<string> Known =
    [
        "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size",
        "max_position_embeddings", "rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters", "tie_word_embeddings", "attention_bias",
        "mlp_bias", "hidden_act", "sliding_window", "use_sliding_window", "max_window_layers", "layer_types", "model_type", "architectures",
        "eos_token_id", "bos_token_id", "pad_token_id", "torch_dtype", "dtype", "transformers_version", "use_cache", "initializer_range",
        "attention_dropout", "pretraining_tp", "_name_or_path", "is_llama_config", "rope_interleaved", "_attn_implementation_autoset",
        "transformers.js_config", "output_attentions", "output_hidden_states", "return_dict", "unsloth_version", "unsloth_fixed",
        "resid_pdrop", "embd_pdrop", "_attn_implementation", "partial_rotary_factor", "original_max_position_embeddings",
    ];

    /// <exception cref="ModelLoadException">Every unknown key and impossible value, by name.</exception>
    public static DecoderConfig Read(string file)
    {
        using JsonDocument document = Json.Open(file);
        JsonElement config = document.RootElement;
        if (config.ValueKind != JsonValueKind.Object) throw new ModelLoadException($"{file} is not a JSON object.");
        List<string> faults = [];
        string family = Json.Text(config, "model_type") ?? "none";
        if (!Families.Contains(family)) faults.Add($"model_type {family} is not one of {string.Join(", ", Families)}");
        foreach (JsonProperty property in config.EnumerateObject())
            if (!Known.Contains(property.Name)) faults.Add($"{property.Name} is a feature this exporter does not know");
        RequireValue(config, "hidden_act", "silu", faults);
        if (Json.Boolean(config, "rope_interleaved") == true) faults.Add("rope_interleaved true is not supported");
        if (Json.Integer(config, "pretraining_tp") is > 1) faults.Add("pretraining_tp above 1 is not supported");
        if (Json.Number(config, "partial_rotary_factor") is { } partial && partial != 1) faults.Add($"partial_rotary_factor {partial} is not supported");
        DecoderConfig read = Build(config, family, faults);
        faults.AddRange(read.Faults());
        if (faults.Count > 0) throw new ModelLoadException($"{file} cannot be exported: {string.Join("; ", faults)}.");
        return read;
    }

    private static DecoderConfig Build(JsonElement config, string family, List<string> faults)
    {
        int Required(string name)
        {
            int? value = Json.Integer(config, name);
            if (value is null) faults.Add($"{name} is missing");
            return value ?? 1;
        }

        int heads = Required("num_attention_heads"), hidden = Required("hidden_size"), layers = Required("num_hidden_layers");
        int context = Required("max_position_embeddings");
        bool attentionBias = Json.Boolean(config, "attention_bias") ?? false;
        return new DecoderConfig
        {
            Architecture = family,
            HiddenSize = hidden,
            IntermediateSize = Required("intermediate_size"),
            Layers = layers,
            Heads = heads,
            KvHeads = Json.Integer(config, "num_key_value_heads") ?? heads,
            HeadSize = Json.Integer(config, "head_dim") ?? hidden / Math.Max(1, heads),
            VocabularySize = Required("vocab_size"),
            ContextLength = context,
            NormEpsilon = (float)(Json.Number(config, "rms_norm_eps") ?? 1e-6),
            Rotary = ReadRotary(config, context, faults),
            TiedHead = Json.Boolean(config, "tie_word_embeddings") ?? false,
            QkvBias = family == "qwen2" || attentionBias,
            OutputBias = attentionBias,
            MlpBias = Json.Boolean(config, "mlp_bias") ?? false,
            QkNorm = family == "qwen3",
            Windows = ReadWindows(config, layers, faults),
            EosTokenIds = Json.Integers(config, "eos_token_id"),
        };
    }

    private static List<int> ReadWindows(JsonElement config, int layers, List<string> faults)
    {
        int window = Json.Boolean(config, "use_sliding_window") == false ? -1 : Json.Integer(config, "sliding_window") ?? -1;
        if (config.TryGetProperty("layer_types", out JsonElement types) && types.ValueKind == JsonValueKind.Array)
        {
            string?[] kinds = [.. types.EnumerateArray().Select(t => t.GetString())];
            faults.AddRange(kinds.Where(k => k is not ("full_attention" or "sliding_attention")).Distinct().Select(k => $"layer_types has {k}"));
            if (kinds.Length != layers) faults.Add($"layer_types has {kinds.Length} entries for {layers} layers");
            return [.. kinds.Select(k => k == "sliding_attention" ? window : -1)];
        }
        // Qwen2 without layer_types: the first max_window_layers attend to everything.
        int full = Json.Boolean(config, "use_sliding_window") == true ? Json.Integer(config, "max_window_layers") ?? 0 : 0;
        return [.. Enumerable.Range(0, Math.Clamp(layers, 0, 4096)).Select(layer => layer < full ? -1 : window)];
    }

    private static RotaryScaling ReadRotary(JsonElement config, int context, List<string> faults)
    {
        double theta = Json.Number(config, "rope_theta") ?? 10_000;
        JsonElement scaling = default;
        bool has = (config.TryGetProperty("rope_parameters", out scaling) || config.TryGetProperty("rope_scaling", out scaling))
            && scaling.ValueKind == JsonValueKind.Object;
        if (!has) return new RotaryScaling { Theta = theta };
        string[] known =
        [
            "rope_theta", "rope_type", "type", "factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor", "beta_fast",
            "beta_slow", "attention_factor", "truncate",
        ];
        foreach (JsonProperty property in scaling.EnumerateObject())
            if (!known.Contains(property.Name)) faults.Add($"rope scaling has {property.Name}, which this exporter does not know");
        string type = Json.Text(scaling, "rope_type") ?? Json.Text(scaling, "type") ?? "default";
        if (type is not ("default" or "linear" or "llama3" or "yarn")) faults.Add($"rope_type {type} is not supported");
        double factor = Json.Number(scaling, "factor") ?? 1;
        if (!(factor >= 1)) faults.Add($"rope factor is {factor}");
        return new RotaryScaling
        {
            Theta = Json.Number(scaling, "rope_theta") ?? theta,
            Type = type,
            Factor = factor,
            OriginalLength = Json.Number(scaling, "original_max_position_embeddings")
                ?? Json.Number(config, "original_max_position_embeddings") ?? context,
            LowFrequencyFactor = Json.Number(scaling, "low_freq_factor") ?? 1,
            HighFrequencyFactor = Json.Number(scaling, "high_freq_factor") ?? 4,
            BetaFast = Json.Number(scaling, "beta_fast") ?? 32,
            BetaSlow = Json.Number(scaling, "beta_slow") ?? 1,
            AttentionFactor = Json.Number(scaling, "attention_factor"),
            Truncate = Json.Boolean(scaling, "truncate") ?? true,
        };
    }

    private static void RequireValue(JsonElement config, string name, string value, List<string> faults)
    {
        if (Json.Text(config, name) is { } text && text != value) faults.Add($"{name} {text} is not supported, only {value}");
    }
}
