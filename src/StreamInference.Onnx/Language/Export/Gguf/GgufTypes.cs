namespace StreamInference.Onnx.Language.Export.Gguf;

/// <summary>Storage types of ggml that are read.</summary>
internal enum GgufType : uint
{
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q8_0 = 8,
    Q4_K = 12,
    Q6_K = 14,
}

/// <summary>How many elements a storage block has and how many bytes.</summary>
internal readonly record struct GgufBlock(int Elements, int Bytes);

internal static class GgufTypes
{
    public const string Supported = "F32, F16, Q4_0, Q4_1, Q8_0, Q4_K and Q6_K";

    public static GgufBlock? Find(GgufType type) => type switch
    {
        GgufType.F32 => new(1, 4),
        GgufType.F16 => new(1, 2),
        GgufType.Q4_0 => new(32, 18),
        GgufType.Q4_1 => new(32, 20),
        GgufType.Q8_0 => new(32, 34),
        GgufType.Q4_K => new(256, 144),
        GgufType.Q6_K => new(256, 210),
        _ => null,
    };
}
