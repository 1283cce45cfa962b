namespace StreamInference.Onnx.Language.Export;

/// <summary>Weights of a checkpoint under transformers' names; matrices are rows of [out, in].</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>Names of all tensors.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>A tensor as float32, whatever it is stored as.</summary>
    float[] Read(string name);

    /// <summary>Shape, slowest dimension first.</summary>
    IReadOnlyList<long> ShapeOf(string name);

    /// <summary>A matrix in blocks as it is stored, so that it need not be rounded a second time; null when it is stored as floats.</summary>
    BlockMatrix? ReadBlocks(string name);
}

/// <summary>
/// A matrix [rows, columns] quantized in blocks along its columns: value = scale * (quant - zero) + minimum. Quants of 4 bits are packed two in a
/// byte, low first; zero is 8 for 4 bits and 128 for 8 bits.
/// </summary>
/// <param name="Bits">4 or 8.</param>
/// <param name="BlockSize">Columns of a block.</param>
/// <param name="Quants">[rows, blocks, blockSize * bits / 8].</param>
/// <param name="Scales">[rows, blocks].</param>
/// <param name="Minimums">[rows, blocks], or null where all are zero.</param>
internal sealed record BlockMatrix(int Bits, int BlockSize, byte[] Quants, float[] Scales, float[]? Minimums);
