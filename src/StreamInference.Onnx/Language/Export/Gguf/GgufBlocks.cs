using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Language.Export.Gguf;

/// <summary>
/// Puts ggml's blocks (ggml-quants.c) into the form of MatMulNBits without rounding anything: the quants keep their value, only their order in
/// memory changes; scales of 16 bits become 32.
/// </summary>
internal static class GgufBlocks
{
    /// <summary>The tensor in blocks; null for float types.</summary>
    public static BlockMatrix? Convert(GgufType type, ReadOnlySpan<byte> bytes) => type switch
    {
        GgufType.Q4_0 => Q4(bytes, 18, hasMinimum: false),
        GgufType.Q4_1 => Q4(bytes, 20, hasMinimum: true),
        GgufType.Q8_0 => Q8(bytes),
        GgufType.Q4_K => Q4K(bytes),
        GgufType.Q6_K => Q6K(bytes),
        _ => null,
    };

    /// <summary>The tensor as float32.</summary>
    public static float[] Floats(GgufType type, ReadOnlySpan<byte> bytes)
    {
        if (type == GgufType.F32) return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        if (type != GgufType.F16) return Floats(Convert(type, bytes)!);
        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes);
        float[] wide = new float[halves.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = (float)halves[i];
        return wide;
    }

    public static float[] Floats(BlockMatrix matrix)
    {
        float[] values = new float[(long)matrix.Scales.Length * matrix.BlockSize];
        int zero = 1 << (matrix.Bits - 1);
        for (int i = 0; i < values.Length; i++)
        {
            int block = i / matrix.BlockSize;
            int quant = matrix.Bits == 8 ? matrix.Quants[i] : (matrix.Quants[i / 2] >> ((i & 1) * 4)) & 15;
            values[i] = matrix.Scales[block] * (quant - zero) + (matrix.Minimums?[block] ?? 0);
        }
        return values;
    }

    // 16 bytes hold 32 quants: the low halves are the first 16, the high halves the rest.
    private static BlockMatrix Q4(ReadOnlySpan<byte> bytes, int blockBytes, bool hasMinimum)
    {
        int blocks = bytes.Length / blockBytes;
        byte[] quants = new byte[blocks * 16];
        float[] scales = new float[blocks];
        float[]? minimums = hasMinimum ? new float[blocks] : null;
        for (int b = 0; b < blocks; b++)
        {
            ReadOnlySpan<byte> block = bytes.Slice(b * blockBytes, blockBytes);
            scales[b] = HalfAt(block, 0);
            // value = d q + m = d (q - 8) + (m + 8 d)
            if (minimums is not null) minimums[b] = HalfAt(block, 2) + 8 * scales[b];
            Interleave(block[^16..], quants.AsSpan(b * 16, 16));
        }
        return new BlockMatrix(4, 32, quants, scales, minimums);
    }

    private static void Interleave(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (int i = 0; i < 8; i++)
        {
            target[i] = (byte)((source[2 * i] & 15) | (source[2 * i + 1] << 4));
            target[8 + i] = (byte)((source[2 * i] >> 4) | (source[2 * i + 1] & 0xF0));
        }
    }

    private static BlockMatrix Q8(ReadOnlySpan<byte> bytes)
    {
        int blocks = bytes.Length / 34;
        byte[] quants = new byte[blocks * 32];
        float[] scales = new float[blocks];
        for (int b = 0; b < blocks; b++)
        {
            ReadOnlySpan<byte> block = bytes.Slice(b * 34, 34);
            scales[b] = HalfAt(block, 0);
            for (int i = 0; i < 32; i++) quants[b * 32 + i] = (byte)(block[2 + i] + 128);
        }
        return new BlockMatrix(8, 32, quants, scales, null);
    }

    // 256 quants in 8 blocks of 32, each with a scale and a minimum of 6 bits times those of the whole.
    private static BlockMatrix Q4K(ReadOnlySpan<byte> bytes)
    {
        int supers = bytes.Length / 144;
        byte[] quants = new byte[supers * 128];
        float[] scales = new float[supers * 8], minimums = new float[supers * 8];
        for (int s = 0; s < supers; s++)
        {
            ReadOnlySpan<byte> block = bytes.Slice(s * 144, 144), packed = block.Slice(4, 12), source = block[16..];
            float scale = HalfAt(block, 0), minimum = HalfAt(block, 2);
            for (int j = 0; j < 8; j++)
            {
                (int sc, int m) = j < 4
                    ? (packed[j] & 63, packed[j + 4] & 63)
                    : ((packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4), (packed[j + 4] >> 4) | ((packed[j] >> 6) << 4));
                int at = s * 8 + j;
                scales[at] = scale * sc;
                minimums[at] = 8 * scales[at] - minimum * m;
                ReadOnlySpan<byte> run = source.Slice(j / 2 * 32, 32);
                int shift = (j & 1) * 4;
                for (int i = 0; i < 16; i++)
                    quants[at * 16 + i] = (byte)(((run[2 * i] >> shift) & 15) | (((run[2 * i + 1] >> shift) & 15) << 4));
            }
        }
        return new BlockMatrix(4, 32, quants, scales, minimums);
    }

    // 256 quants of 6 bits in 16 blocks of 16 with scales of 8 bits; they take 8 bits each here, the same values.
    private static BlockMatrix Q6K(ReadOnlySpan<byte> bytes)
    {
        int supers = bytes.Length / 210;
        byte[] quants = new byte[supers * 256];
        float[] scales = new float[supers * 16];
        for (int s = 0; s < supers; s++)
        {
            ReadOnlySpan<byte> block = bytes.Slice(s * 210, 210), low = block[..128], high = block.Slice(128, 64);
            float scale = HalfAt(block, 208);
            for (int j = 0; j < 16; j++) scales[s * 16 + j] = scale * (sbyte)block[192 + j];
            for (int i = 0; i < 256; i++)
            {
                int half = i / 128, within = i % 128, column = within % 32, part = within / 32;
                int four = (low[half * 64 + column + (part & 1) * 32] >> (part / 2 * 4)) & 15;
                int two = (high[half * 32 + column] >> (part * 2)) & 3;
                quants[s * 256 + i] = (byte)((four | (two << 4)) - 32 + 128);
            }
        }
        return new BlockMatrix(8, 16, quants, scales, null);
    }

    private static float HalfAt(ReadOnlySpan<byte> block, int offset) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[offset..]);
}
