using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>The vertical pass of the resize: several rows of bytes to one row of 8.8 fixed point, off by at most 1/512 of a gray level for each row.</summary>
internal static unsafe class RowFilter
{
    /// <param name="rows">The first of the rows to blend.</param>
    /// <param name="stride">Bytes from a row to the next, and samples of a row.</param>
    /// <param name="weights">One per row, 16 fractional bits, summing to at most 65535.</param>
    /// <param name="count">Rows.</param>
    /// <param name="rounding">What makes up for the parts that are cut off, in units of the result.</param>
    /// <param name="blended">Takes <paramref name="stride"/> samples.</param>
    public static void Blend(byte* rows, int stride, ushort* weights, int count, int rounding, ushort* blended)
    {
        int x = Avx2.IsSupported ? BlendHigh(rows, stride, weights, count, rounding, blended) : BlendWide(rows, stride, weights, count, blended);
        for (; x < stride; x++)
        {
            uint sum = 128;
            for (int k = 0; k < count; k++) sum += (uint)rows[(long)k * stride + x] * weights[k];
            blended[x] = (ushort)(sum >> 8);
        }
    }

    // The high half of (sample << 8) × weight is the product in 8.8, cut off; half a unit per row makes up for what is cut off on average.
    private static int BlendHigh(byte* rows, int stride, ushort* weights, int count, int rounding, ushort* blended)
    {
        var half = Vector256.Create((ushort)Math.Min(rounding, 255));
        int x = 0;
        for (; x + Vector256<byte>.Count <= stride; x += Vector256<byte>.Count)
        {
            var (low, high) = (half, half);
            byte* row = rows + x;
            for (int k = 0; k < count; k++, row += stride)
            {
                var (a, b) = Vector256.Widen(Vector256.Load(row));
                var weight = Vector256.Create(weights[k]);
                low += Avx2.MultiplyHigh(a << 8, weight);
                high += Avx2.MultiplyHigh(b << 8, weight);
            }
            low.Store(blended + x);
            high.Store(blended + x + Vector256<ushort>.Count);
        }
        return x;
    }

    private static int BlendWide(byte* rows, int stride, ushort* weights, int count, ushort* blended)
    {
        int x = 0;
        for (; x + Vector128<ushort>.Count <= stride; x += Vector128<ushort>.Count)
        {
            var (low, high) = (Vector128.Create(128u), Vector128.Create(128u));
            byte* row = rows + x;
            for (int k = 0; k < count; k++, row += stride)
            {
                var samples = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)row).AsByte());
                var weight = Vector128.Create((uint)weights[k]);
                low += Vector128.WidenLower(samples) * weight;
                high += Vector128.WidenUpper(samples) * weight;
            }
            Vector128.Narrow(low >> 8, high >> 8).Store(blended + x);
        }
        return x;
    }
}
