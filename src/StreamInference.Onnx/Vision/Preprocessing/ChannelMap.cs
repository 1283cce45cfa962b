using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>The normalisation of a model as one multiplication and one addition per channel.</summary>
internal sealed class ChannelMap
{
    private const float FixedPoint = 1f / 256;
    private readonly PreprocessSpec _spec;
    private readonly float[] _padding;

    public ChannelMap(PreprocessSpec spec)
    {
        _spec = spec;
        Span<float> gain = stackalloc float[4], bias = stackalloc float[4];
        _padding = new float[spec.Channels];
        for (int lane = 0; lane < 3; lane++)
        {
            // Mean and std are in the model's order, lanes are always red, green, blue.
            int channel = spec.Colour switch { ColourOrder.Bgr => 2 - lane, ColourOrder.Gray => 0, _ => lane };
            gain[lane] = spec.Scale / spec.Std[channel];
            bias[lane] = -spec.Mean[channel] / spec.Std[channel];
            _padding[channel] = spec.Pad * gain[lane] + bias[lane];
        }
        Gain = Vector128.Create((ReadOnlySpan<float>)gain) * Vector128.Create(FixedPoint);
        Bias = Vector128.Create((ReadOnlySpan<float>)bias);
    }

    /// <summary>The weights of red, green and blue in luma (ITU-R BT.601).</summary>
    public static Vector128<float> Luma => Vector128.Create(0.299f, 0.587f, 0.114f, 0);

    /// <summary>Multiplied with a sample of 8 fractional bits.</summary>
    public Vector128<float> Gain { get; }

    /// <summary>Added after that.</summary>
    public Vector128<float> Bias { get; }

    /// <summary>Fills a whole tensor with the padding's value.</summary>
    public void FillPadding(Span<byte> tensor)
    {
        if (_spec.Type == PixelType.Float32) Fill(MemoryMarshal.Cast<byte, float>(tensor), value => value);
        else Fill(tensor, value => (byte)Math.Clamp(value + 0.5f, 0, 255));
    }

    private void Fill<T>(Span<T> tensor, Func<float, T> convert)
    {
        int plane = _spec.Fit.Width * _spec.Fit.Height;
        for (int channel = 0; channel < _spec.Channels; channel++)
        {
            T value = convert(_padding[channel]);
            if (_spec.Layout == TensorLayout.Nchw) tensor.Slice(channel * plane, plane).Fill(value);
            else for (int i = channel; i < tensor.Length; i += _spec.Channels) tensor[i] = value;
        }
    }
}
