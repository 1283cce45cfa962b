namespace StreamInference.Onnx.Language;

/// <summary>Inputs and outputs of this project's own decoder graphs.</summary>
internal static class PackedGraphNames
{
    /// <summary>File beside the graph that describes it.</summary>
    public const string Description = "streaminfer.json";

    /// <summary>Version of the graph's interface.</summary>
    public const string Format = "streaminfer-decoder-1";

    public const string InputIds = "input_ids";
    public const string Lengths = "seqlens_k";
    public const string Total = "total_sequence_length";
    public const string LogitRows = "logit_rows";
    public const string Logits = "logits";
    public const string Cosines = "cos_cache";
    public const string Sines = "sin_cache";

    /// <summary>File of the graph that takes decode rows and a prompt chunk at once, where there is one.</summary>
    public const string MixedFile = "model.mixed.onnx";

    public const string Split = "split";
    public const string ChunkLengths = "chunk_seqlens_k";
    public const string ChunkTotal = "chunk_total_sequence_length";

    public static string ChunkPast(int layer, string what) => $"chunk_past_key_values.{layer}.{what}";

    public static string ChunkPresent(int layer, string what) => $"chunk_present.{layer}.{what}";

    public static string Past(int layer, string what) => $"past_key_values.{layer}.{what}";

    public static string Present(int layer, string what) => $"present.{layer}.{what}";
}
