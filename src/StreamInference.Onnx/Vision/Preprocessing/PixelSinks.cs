using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>Takes the pixels of a tensor's rows; a struct per layout and type, so that the resize loop is compiled for each.</summary>
internal interface IPixelSink
{
    /// <summary>Lanes 0 to 2 are the channels in red, green, blue order; lane 0 alone for gray.</summary>
    void Write(int index, Vector128<float> pixel);
}

/// <summary>Three planes of floats.</summary>
internal readonly unsafe struct PlanarFloatSink(float* red, float* green, float* blue) : IPixelSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int index, Vector128<float> pixel)
    {
        red[index] = pixel.ToScalar();
        green[index] = pixel.GetElement(1);
        blue[index] = pixel.GetElement(2);
    }
}

/// <summary>Floats, the channels of a pixel beside each other.</summary>
internal readonly unsafe struct InterleavedFloatSink(float* tensor, int red) : IPixelSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int index, Vector128<float> pixel)
    {
        float* at = tensor + (long)index * 3;
        at[red] = pixel.ToScalar();
        at[1] = pixel.GetElement(1);
        at[2 - red] = pixel.GetElement(2);
    }
}

/// <summary>One plane of floats.</summary>
internal readonly unsafe struct GrayFloatSink(float* tensor) : IPixelSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int index, Vector128<float> pixel) => tensor[index] = pixel.ToScalar();
}

/// <summary>Three planes of bytes.</summary>
internal readonly unsafe struct PlanarByteSink(byte* red, byte* green, byte* blue) : IPixelSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int index, Vector128<float> pixel)
    {
        var rounded = Bytes.Round(pixel);
        red[index] = (byte)rounded.ToScalar();
        green[index] = (byte)rounded.GetElement(1);
        blue[index] = (byte)rounded.GetElement(2);
    }
}

/// <summary>Bytes, the channels of a pixel beside each other.</summary>
internal readonly unsafe struct InterleavedByteSink(byte* tensor, int red) : IPixelSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int index, Vector128<float> pixel)
    {
        var rounded = Bytes.Round(pixel);
        byte* at = tensor + (long)index * 3;
        at[red] = (byte)rounded.ToScalar();
        at[1] = (byte)rounded.GetElement(1);
        at[2 - red] = (byte)rounded.GetElement(2);
    }
}

/// <summary>One plane of bytes.</summary>
internal readonly unsafe struct GrayByteSink(byte* tensor) : IPixelSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int index, Vector128<float> pixel) => tensor[index] = (byte)Bytes.Round(pixel).ToScalar();
}

internal static class Bytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Round(Vector128<float> pixel) =>
        Vector128.ConvertToInt32(Vector128.Min(Vector128.Max(pixel + Vector128.Create(0.5f), Vector128<float>.Zero), Vector128.Create(255f)));
}
