using System.Buffers.Binary;
using StreamInference.Onnx.Language.Export.Gguf;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>Dequantization written after ggml's reference functions (dequantize_row_*), loop for loop, to check the repacking against.</summary>
internal static class GgufReference
{
    public static float[] Dequantize(GgufType type, byte[] block) => type switch
    {
        GgufType.Q4_0 => Q4(block, 2, 0),
        GgufType.Q4_1 => Q4(block, 4, HalfAt(block, 2)),
        GgufType.Q8_0 => [.. Enumerable.Range(0, 32).Select(i => HalfAt(block, 0) * (sbyte)block[2 + i])],
        GgufType.Q4_K => Q4K(block),
        _ => Q6K(block),
    };

    private static float[] Q4(byte[] block, int start, float minimum)
    {
        float[] y = new float[32];
        float d = HalfAt(block, 0);
        int zero = start == 2 ? 8 : 0;
        for (int j = 0; j < 16; j++)
        {
            y[j] = ((block[start + j] & 0x0F) - zero) * d + minimum;
            y[j + 16] = ((block[start + j] >> 4) - zero) * d + minimum;
        }
        return y;
    }

    private static float[] Q4K(byte[] block)
    {
        List<float> y = [];
        float d = HalfAt(block, 0), min = HalfAt(block, 2);
        int q = 16;
        for (int j = 0, scale = 0; j < 256; j += 64, scale += 2, q += 32)
        {
            (int sc1, int m1) = ScaleMin(scale, block);
            (int sc2, int m2) = ScaleMin(scale + 1, block);
            for (int l = 0; l < 32; l++) y.Add(d * sc1 * (block[q + l] & 0xF) - min * m1);
            for (int l = 0; l < 32; l++) y.Add(d * sc2 * (block[q + l] >> 4) - min * m2);
        }
        return [.. y];
    }

    private static (int Scale, int Minimum) ScaleMin(int j, byte[] block)
    {
        ReadOnlySpan<byte> q = block.AsSpan(4, 12);
        return j < 4 ? (q[j] & 63, q[j + 4] & 63) : ((q[j + 4] & 0xF) | ((q[j - 4] >> 6) << 4), (q[j + 4] >> 4) | ((q[j] >> 6) << 4));
    }

    private static float[] Q6K(byte[] block)
    {
        float[] y = new float[256];
        float d = HalfAt(block, 208);
        int ql = 0, qh = 128, sc = 192;
        for (int n = 0; n < 256; n += 128, ql += 64, qh += 32, sc += 8)
        {
            for (int l = 0; l < 32; l++)
            {
                int s = l / 16;
                int q1 = ((block[ql + l] & 0xF) | (((block[qh + l] >> 0) & 3) << 4)) - 32, q2 = ((block[ql + l + 32] & 0xF) | (((block[qh + l] >> 2) & 3) << 4)) - 32;
                int q3 = ((block[ql + l] >> 4) | (((block[qh + l] >> 4) & 3) << 4)) - 32, q4 = ((block[ql + l + 32] >> 4) | (((block[qh + l] >> 6) & 3) << 4)) - 32;
                y[n + l] = d * (sbyte)block[sc + s] * q1;
                y[n + l + 32] = d * (sbyte)block[sc + s + 2] * q2;
                y[n + l + 64] = d * (sbyte)block[sc + s + 4] * q3;
                y[n + l + 96] = d * (sbyte)block[sc + s + 6] * q4;
            }
        }
        return y;
    }

    private static float HalfAt(byte[] block, int offset) => (float)BinaryPrimitives.ReadHalfLittleEndian(block.AsSpan(offset));
}
