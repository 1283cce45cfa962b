namespace StreamInference.Onnx.Language;

/// <summary>Shape of a model's keys and values.</summary>
/// <param name="Layers">Layers with a cache.</param>
/// <param name="Heads">Key/value heads of a layer.</param>
/// <param name="HeadSize">Elements of a head.</param>
/// <param name="ElementBytes">Bytes of an element: 4, 2 (fp16) or 1 (int8).</param>
public sealed record KvShape(int Layers, int Heads, int HeadSize, int ElementBytes)
{
    /// <summary>Keys and values of one token, all layers.</summary>
    public long BytesPerToken => 2L * Layers * Heads * HeadSize * ElementBytes;

    /// <summary>One head of one token.</summary>
    public int HeadBytes => HeadSize * ElementBytes;

    /// <summary>Buffers: keys and values of each layer.</summary>
    public int BufferCount => 2 * Layers;
}
