using System.Runtime.Intrinsics;

namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>The vertical pass of the resize: several rows of bytes to one row of 8.8 fixed point.</summary>
internal static unsafe class RowFilter
{
    /// <param name="rows">The first of the rows to blend.</param>
    /// <param name="stride">Bytes from a row to the next, and samples of a row.</param>
    /// <param name="weights">One per row, 8 fractional bits, summing to one.</param>
    /// <param name="count">Rows.</param>
    /// <param name="blended">Takes <paramref name="stride"/> samples.</param>
    public static void Blend(byte* rows, int stride, uint* weights, int count, ushort* blended)
    {
        int x = 0;
        for (; x + Vector256<byte>.Count <= stride; x += Vector256<byte>.Count)
        {
            var (low, high) = (Vector256<ushort>.Zero, Vector256<ushort>.Zero);
            byte* row = rows + x;
            for (int k = 0; k < count; k++, row += stride)
            {
                var (a, b) = Vector256.Widen(Vector256.Load(row));
                var weight = Vector256.Create((ushort)weights[k]);
                low += a * weight;
                high += b * weight;
            }
            low.Store(blended + x);
            high.Store(blended + x + Vector256<ushort>.Count);
        }
        for (; x < stride; x++)
        {
            uint sum = 0;
            for (int k = 0; k < count; k++) sum += rows[(long)k * stride + x] * weights[k];
            blended[x] = (ushort)sum;
        }
    }

    /// <summary>As <see cref="Blend"/>, with weights of 16 fractional bits.</summary>
    public static void BlendWide(byte* rows, int stride, uint* weights, int count, ushort* blended)
    {
        int x = 0;
        for (; x + Vector256<uint>.Count <= stride; x += Vector256<uint>.Count)
        {
            var sum = Vector256<uint>.Zero;
            byte* row = rows + x;
            for (int k = 0; k < count; k++, row += stride)
            {
                var samples = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)row).AsByte());
                sum += Vector256.Create(Vector128.WidenLower(samples), Vector128.WidenUpper(samples)) * Vector256.Create(weights[k]);
            }
            sum >>= 8;
            Vector128.Narrow(sum.GetLower(), sum.GetUpper()).Store(blended + x);
        }
        for (; x < stride; x++)
        {
            uint sum = 0;
            for (int k = 0; k < count; k++) sum += rows[(long)k * stride + x] * weights[k];
            blended[x] = (ushort)(sum >> 8);
        }
    }
}
