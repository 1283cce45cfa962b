namespace StreamInference.Onnx.Language.Export;

/// <summary>Rounds float matrices to blocks of 32 columns, symmetric, as MatMulNBits takes them.</summary>
internal static class BlockQuantizer
{
    public const int BlockSize = 32;

    /// <summary>The last block of a row is padded with zeros where columns are no multiple of the block.</summary>
    public static BlockMatrix Quantize(float[] weights, int rows, int columns, int bits)
    {
        int blocks = (columns + BlockSize - 1) / BlockSize, blockBytes = BlockSize * bits / 8;
        byte[] quants = new byte[(long)rows * blocks * blockBytes];
        float[] scales = new float[(long)rows * blocks];
        for (int row = 0; row < rows; row++)
        {
            for (int block = 0; block < blocks; block++)
            {
                int from = block * BlockSize, count = Math.Min(BlockSize, columns - from);
                ReadOnlySpan<float> values = weights.AsSpan(row * columns + from, count);
                int at = row * blocks + block;
                scales[at] = QuantizeBlock(values, quants.AsSpan(at * blockBytes, blockBytes), bits);
            }
        }
        return new BlockMatrix(bits, BlockSize, quants, scales, null);
    }

    private static float QuantizeBlock(ReadOnlySpan<float> values, Span<byte> quants, int bits)
    {
        float extreme = 0;
        foreach (float value in values)
            if (MathF.Abs(value) > MathF.Abs(extreme)) extreme = value;
        // 4 bits reach from -8 to 7: the extreme takes the longer side, as llama.cpp's Q4_0 does.
        float scale = bits == 4 ? extreme / -8 : MathF.Abs(extreme) / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        int zero = 1 << (bits - 1);
        for (int i = 0; i < BlockSize; i++)
        {
            float value = i < values.Length ? values[i] : 0;
            int quant = Math.Clamp((int)MathF.Round(value * inverse), -zero, zero - 1) + zero;
            if (bits == 8) quants[i] = (byte)quant;
            else quants[i / 2] |= (byte)(quant << ((i & 1) * 4));
        }
        return scale;
    }
}
