namespace StreamInference.Simulation.Vision;

/// <summary>What can be wrong with a part; the order is that of the demo detector's classes.</summary>
public enum DefectKind
{
    /// <summary>A thin bright or dark line.</summary>
    Scratch,

    /// <summary>A hollow: dark on one side, bright on the other.</summary>
    Dent,

    /// <summary>A brownish blot.</summary>
    Stain,
}

/// <summary>A defect as it is seen in a frame.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="X0">Left edge in pixels.</param>
/// <param name="Y0">Upper edge in pixels.</param>
/// <param name="X1">Right edge in pixels, exclusive.</param>
/// <param name="Y1">Lower edge in pixels, exclusive.</param>
public readonly record struct DefectBox(DefectKind Kind, int X0, int Y0, int X1, int Y1);

/// <summary>One drawn frame; the caller owns it and may hand it to the camera again.</summary>
/// <param name="width">Columns.</param>
/// <param name="height">Rows.</param>
public sealed class CameraFrame(int width, int height)
{
    /// <summary>Columns.</summary>
    public int Width => width;

    /// <summary>Rows.</summary>
    public int Height => height;

    /// <summary>Red, green, blue, row by row.</summary>
    public byte[] Rgb { get; } = new byte[width * height * 3];

    /// <summary>The defects in view.</summary>
    public List<DefectBox> Defects { get; } = [];

    /// <summary>The frame's number at its camera, from 0.</summary>
    public long Index { get; internal set; }
}
