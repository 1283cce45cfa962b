using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StreamInference.Onnx.Vision.Decoding;

namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>
/// Writes a decoded frame into its place in a batch tensor: resize, fit, colour order, normalisation and layout in one pass, with no
/// allocation once the sizes of the stream's frames are known. Not safe for two threads: each worker has its own.
/// </summary>
/// <param name="spec">What the model wants.</param>
public sealed unsafe class TensorWriter(PreprocessSpec spec)
{
    // Streams have few sizes; uploads of any size must not fill the memory with weights.
    private const int MaxCachedAxes = 32;
    private readonly Dictionary<AxisKey, ResizeAxis> _axes = [];
    private readonly ChannelMap _channels = new(spec);
    private ushort[] _row = [];

    private readonly record struct AxisKey(int Source, int Scaled, int Start, int Count);

    /// <summary>What the tensor is made to.</summary>
    public PreprocessSpec Spec => spec;

    /// <summary>Writes one frame.</summary>
    /// <param name="pixels">The decoded frame, possibly smaller than the frame that was sent.</param>
    /// <param name="sourceWidth">Columns of the frame that was sent.</param>
    /// <param name="sourceHeight">Rows of the frame that was sent.</param>
    /// <param name="tensor">Takes <see cref="PreprocessSpec.Bytes"/> bytes, all of which are written.</param>
    /// <returns>Where the frame lies, for the way back from the model's coordinates.</returns>
    public Placement Write(PixelBuffer pixels, int sourceWidth, int sourceHeight, Span<byte> tensor)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (tensor.Length != spec.Bytes) throw new ArgumentException($"the tensor takes {spec.Bytes} bytes, not {tensor.Length}", nameof(tensor));
        var placement = spec.Fit.Place(sourceWidth, sourceHeight);
        var across = Window(placement.OffsetX, placement.ScaledWidth, spec.Fit.Width);
        var down = Window(placement.OffsetY, placement.ScaledHeight, spec.Fit.Height);
        if (across.Count < spec.Fit.Width || down.Count < spec.Fit.Height) _channels.FillPadding(tensor);
        fixed (byte* start = tensor) Write(pixels, start, placement, across, down);
        return placement;
    }

    // The part of the input that the frame covers, along one axis.
    private static (int Start, int Count) Window(int offset, int scaled, int size)
    {
        int start = Math.Max(0, offset);
        return (start, Math.Min(size, offset + scaled) - start);
    }

    private void Write(PixelBuffer pixels, byte* tensor, Placement placement, (int Start, int Count) across, (int Start, int Count) down)
    {
        var columns = Axis(new(pixels.Width, placement.ScaledWidth, across.Start - placement.OffsetX, across.Count));
        var rows = Axis(new(pixels.Height, placement.ScaledHeight, down.Start - placement.OffsetY, down.Count));
        int plane = spec.Fit.Width * spec.Fit.Height, origin = down.Start * spec.Fit.Width + across.Start;
        int red = spec.Colour == ColourOrder.Bgr ? 2 : 0;
        float* floats = (float*)tensor;
        switch (spec.Type, spec.Channels, spec.Layout)
        {
            case (PixelType.Float32, 1, _): Resize(pixels, columns, rows, origin, new GrayFloatSink(floats)); break;
            case (PixelType.UInt8, 1, _): Resize(pixels, columns, rows, origin, new GrayByteSink(tensor)); break;
            case (PixelType.Float32, _, TensorLayout.Nchw):
                Resize(pixels, columns, rows, origin, new PlanarFloatSink(floats + red * plane, floats + plane, floats + (2 - red) * plane));
                break;
            case (PixelType.UInt8, _, TensorLayout.Nchw):
                Resize(pixels, columns, rows, origin, new PlanarByteSink(tensor + red * plane, tensor + plane, tensor + (2 - red) * plane));
                break;
            case (PixelType.Float32, _, _): Resize(pixels, columns, rows, origin, new InterleavedFloatSink(floats, red)); break;
            default: Resize(pixels, columns, rows, origin, new InterleavedByteSink(tensor, red)); break;
        }
    }

    private void Resize<TSink>(PixelBuffer pixels, ResizeAxis columns, ResizeAxis rows, int origin, TSink sink) where TSink : struct, IPixelSink
    {
        ushort* row = Row(pixels.Stride + columns.Taps * PixelBuffer.BytesPerPixel);
        fixed (ushort* weights = rows.Weights)
        {
            for (int y = 0; y < rows.Count; y++)
            {
                byte* first = pixels.Pointer + (long)rows.First[y] * pixels.Stride;
                int taps = Math.Min(rows.Taps, pixels.Height - rows.First[y]);
                RowFilter.Blend(first, pixels.Stride, weights + y * rows.Taps, Math.Min(taps, rows.Widest), taps / 2, row);
                if (spec.Channels == 1) WriteGrayRow(row, columns, origin + y * spec.Fit.Width, sink);
                else WriteRow(row, columns, origin + y * spec.Fit.Width, sink);
            }
        }
    }

    private void WriteRow<TSink>(ushort* row, ResizeAxis columns, int index, TSink sink) where TSink : struct, IPixelSink
    {
        var (gain, bias) = (_channels.Gain, _channels.Bias);
        fixed (float* lanes = columns.Lanes)
        fixed (int* first = columns.First)
        {
            float* weight = lanes;
            for (int x = 0; x < columns.Count; x++, weight += columns.Taps * 4)
                sink.Write(index + x, Blend(row + first[x] * 4, weight, columns.Widest) * gain + bias);
        }
    }

    private void WriteGrayRow<TSink>(ushort* row, ResizeAxis columns, int index, TSink sink) where TSink : struct, IPixelSink
    {
        var (gain, bias, luma) = (_channels.Gain, _channels.Bias, ChannelMap.Luma);
        fixed (float* lanes = columns.Lanes)
        fixed (int* first = columns.First)
        {
            float* weight = lanes;
            for (int x = 0; x < columns.Count; x++, weight += columns.Taps * 4)
            {
                float gray = Vector128.Dot(Blend(row + first[x] * 4, weight, columns.Widest), luma);
                sink.Write(index + x, Vector128.Create(gray) * gain + bias);
            }
        }
    }

    // Two pixels of four channels at a time; a spare tap reads behind the row, where the scratch row has room, with the weight zero.
    private static Vector128<float> Blend(ushort* pixels, float* weights, int taps)
    {
        var sum = Vector256<float>.Zero;
        for (int k = 0; k < taps; k += 2, pixels += 8, weights += 8)
        {
            var samples = Vector256.WidenLower(Vector128.Load(pixels).ToVector256Unsafe());
            sum += Vector256.ConvertToSingle(samples.AsInt32()) * Vector256.Load(weights);
        }
        return sum.GetLower() + sum.GetUpper();
    }

    private ResizeAxis Axis(AxisKey key)
    {
        if (_axes.TryGetValue(key, out var axis)) return axis;
        if (_axes.Count >= MaxCachedAxes) _axes.Clear();
        return _axes[key] = new ResizeAxis(key.Source, key.Scaled, key.Start, key.Count, spec.Filter);
    }

    private ushort* Row(int samples)
    {
        if (_row.Length < samples) _row = GC.AllocateArray<ushort>(samples, pinned: true);
        return (ushort*)Marshal.UnsafeAddrOfPinnedArrayElement(_row, 0);
    }
}
