namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>How a frame of any shape becomes the model's fixed one.</summary>
public enum FitMode
{
    /// <summary>Both axes are scaled on their own; shapes are distorted.</summary>
    Stretch,

    /// <summary>Scaled to fit inside, the rest is filled.</summary>
    Letterbox,

    /// <summary>Scaled to cover, the middle is kept.</summary>
    Crop,
}

/// <summary>The model's input size and the way to it.</summary>
/// <param name="Width">Columns of the input.</param>
/// <param name="Height">Rows of the input.</param>
/// <param name="Mode">Stretch, letterbox or crop.</param>
public sealed record FrameFit(int Width, int Height, FitMode Mode)
{
    /// <summary>Crop only: the short side before the crop (torchvision's Resize before CenterCrop); unset, the frame just covers the input.</summary>
    public int? ResizeShort { get; init; }

    /// <summary>Letterbox only: the frame stands in the middle instead of the upper left corner.</summary>
    public bool Centered { get; init; }

    /// <summary>Computes where a frame lies in the input.</summary>
    /// <param name="sourceWidth">Columns of the upright frame.</param>
    /// <param name="sourceHeight">Rows of the upright frame.</param>
    public Placement Place(int sourceWidth, int sourceHeight)
    {
        var (width, height) = ScaledSize(sourceWidth, sourceHeight);
        bool middle = Mode == FitMode.Crop || (Mode == FitMode.Letterbox && Centered);
        return new()
        {
            SourceWidth = sourceWidth,
            SourceHeight = sourceHeight,
            ScaledWidth = width,
            ScaledHeight = height,
            OffsetX = middle ? Middle(Width - width) : 0,
            OffsetY = middle ? Middle(Height - height) : 0,
        };
    }

    /// <summary>Input pixels per frame pixel, of the axis that is reduced least.</summary>
    /// <param name="sourceWidth">Columns of the upright frame.</param>
    /// <param name="sourceHeight">Rows of the upright frame.</param>
    public double ScaleFor(int sourceWidth, int sourceHeight)
    {
        var (width, height) = ScaledSize(sourceWidth, sourceHeight);
        return Math.Max((double)width / sourceWidth, (double)height / sourceHeight);
    }

    private (int Width, int Height) ScaledSize(int sourceWidth, int sourceHeight)
    {
        if (Mode == FitMode.Stretch) return (Width, Height);
        double across = (double)Width / sourceWidth, down = (double)Height / sourceHeight;
        double scale = Mode == FitMode.Letterbox ? Math.Min(across, down)
            : ResizeShort is int side ? (double)side / Math.Min(sourceWidth, sourceHeight)
            : Math.Max(across, down);
        return (Round(sourceWidth * scale), Round(sourceHeight * scale));
    }

    private static int Round(double size) => Math.Max(1, (int)Math.Round(size, MidpointRounding.AwayFromZero));

    private static int Middle(int space) => (int)Math.Floor(space / 2.0);
}

/// <summary>Where a frame lies in the model's input: the map between the frame's coordinates and the input's.</summary>
public readonly record struct Placement
{
    /// <summary>Columns of the upright frame.</summary>
    public required int SourceWidth { get; init; }

    /// <summary>Rows of the upright frame.</summary>
    public required int SourceHeight { get; init; }

    /// <summary>Columns of the whole frame at the input's scale.</summary>
    public required int ScaledWidth { get; init; }

    /// <summary>Rows of the whole frame at the input's scale.</summary>
    public required int ScaledHeight { get; init; }

    /// <summary>The input column of the frame's left edge; negative where a crop cuts it off.</summary>
    public required int OffsetX { get; init; }

    /// <summary>The input row of the frame's upper edge; negative where a crop cuts it off.</summary>
    public required int OffsetY { get; init; }

    /// <summary>Maps an input column to the frame.</summary>
    /// <param name="x">In input pixels.</param>
    public float ToSourceX(float x) => (x - OffsetX) * SourceWidth / ScaledWidth;

    /// <summary>Maps an input row to the frame.</summary>
    /// <param name="y">In input pixels.</param>
    public float ToSourceY(float y) => (y - OffsetY) * SourceHeight / ScaledHeight;
}
