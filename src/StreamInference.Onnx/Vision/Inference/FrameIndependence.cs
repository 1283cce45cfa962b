using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Inference;

/// <summary>
/// Whether a frame's outputs depend on the frames beside it: dynamically quantized models take one scale from the whole batch. Other kernels
/// for other batch sizes differ in the last bits only.
/// </summary>
internal static class FrameIndependence
{
    /// <summary>The greatest difference that is rounding, as a part of the output's greatest value.</summary>
    public const float Tolerance = 1e-3f;
    private const int Frames = 4;

    /// <summary>Runs a dim frame alone and among bright ones.</summary>
    /// <param name="session">A session whose batch axis is free.</param>
    /// <param name="tensor">Its batch tensor; overwritten.</param>
    /// <param name="capacity">Frames that the tensor has room for.</param>
    /// <returns>The greatest difference over all outputs, as a part of the output's greatest value; 0 when there is no room for company.</returns>
    public static float LargestDifference(VisionSession session, nint tensor, int capacity)
    {
        int count = Math.Min(Frames, capacity);
        if (count < 2) return 0;
        for (int i = 0; i < count; i++) WriteNoise(session.Preprocess, tensor, i);
        // A model that does not run on noise says so on the records' own frames.
        if (session.Run(tensor, 0, 1) is not null) return 0;
        float[][] alone = [.. session.Outputs.Select(output => output.Values(0).ToArray())];
        if (session.Run(tensor, 0, count) is not null) return float.PositiveInfinity;
        return alone.Zip(session.Outputs, (values, output) => Difference(values, output.Values(0))).Max();
    }

    private static unsafe void WriteNoise(PreprocessSpec preprocess, nint tensor, int frame)
    {
        Random random = new(frame);
        PixelBuffer pixels = new();
        pixels.Resize(preprocess.Fit.Width, preprocess.Fit.Height);
        random.NextBytes(pixels.Pixels);
        if (frame == 0)
            foreach (ref byte sample in pixels.Pixels) sample >>= 3;
        Span<byte> place = new((byte*)tensor + (long)frame * preprocess.Bytes, preprocess.Bytes);
        new TensorWriter(preprocess).Write(pixels, pixels.Width, pixels.Height, place);
    }

    private static float Difference(ReadOnlySpan<float> alone, ReadOnlySpan<float> together)
    {
        if (alone.Length != together.Length) return float.PositiveInfinity;
        float difference = 0, greatest = 1e-6f;
        for (int i = 0; i < alone.Length; i++)
        {
            if (!float.IsFinite(alone[i]) && !float.IsFinite(together[i])) continue;
            difference = Math.Max(difference, Math.Abs(alone[i] - together[i]));
            greatest = Math.Max(greatest, Math.Abs(alone[i]));
        }

        return difference / greatest;
    }
}
