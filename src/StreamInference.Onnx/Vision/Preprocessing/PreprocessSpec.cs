namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>The order of colours that a model was trained on.</summary>
public enum ColourOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red (OpenCV's).</summary>
    Bgr,

    /// <summary>One channel of luma (ITU-R BT.601).</summary>
    Gray,
}

/// <summary>The order of a tensor's axes.</summary>
public enum TensorLayout
{
    /// <summary>Batch, channel, row, column.</summary>
    Nchw,

    /// <summary>Batch, row, column, channel.</summary>
    Nhwc,
}

/// <summary>The element type of a model's input.</summary>
public enum PixelType
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>One byte; values are rounded and clamped.</summary>
    UInt8,
}

/// <summary>The filter of the resize; it decides more about what a detector finds than the decoder does.</summary>
public enum ResizeFilter
{
    /// <summary>A triangle as wide as the reduction (antialiased): Pillow's BILINEAR.</summary>
    Antialias,

    /// <summary>A triangle of two pixels whatever the reduction: OpenCV's INTER_LINEAR.</summary>
    Linear,
}

/// <summary>From decoded pixels to the model's input: value = (pixel × <see cref="Scale"/> − mean) ÷ std, per channel in the model's order.</summary>
public sealed record PreprocessSpec
{
    /// <summary>Size and fit.</summary>
    public required FrameFit Fit { get; init; }

    /// <summary>Channels; RGB unless set.</summary>
    public ColourOrder Colour { get; init; } = ColourOrder.Rgb;

    /// <summary>Axes; NCHW unless set.</summary>
    public TensorLayout Layout { get; init; } = TensorLayout.Nchw;

    /// <summary>Element type; float32 unless set.</summary>
    public PixelType Type { get; init; } = PixelType.Float32;

    /// <summary>The filter; antialiased unless set.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Antialias;

    /// <summary>Applied to a pixel of 0 to 255 first; 1 unless set.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Subtracted after the scale, one per channel.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0, 0, 0];

    /// <summary>Divided by at the end, one per channel.</summary>
    public IReadOnlyList<float> Std { get; init; } = [1, 1, 1];

    /// <summary>The pixel value (0 to 255) around a letterboxed frame.</summary>
    public float Pad { get; init; }

    /// <summary>True unless JPEGs must be decoded at full size even when they are much larger than the input.</summary>
    public bool ScaledDecode { get; init; } = true;

    /// <summary>3, or 1 for gray.</summary>
    public int Channels => Colour == ColourOrder.Gray ? 1 : 3;

    /// <summary>Elements of one frame's tensor.</summary>
    public int Elements => Channels * Fit.Width * Fit.Height;

    /// <summary>Bytes of one frame's tensor.</summary>
    public int Bytes => Elements * (Type == PixelType.Float32 ? sizeof(float) : sizeof(byte));
}
