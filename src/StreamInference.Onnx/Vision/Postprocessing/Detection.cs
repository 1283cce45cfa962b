namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>A rectangle by its corners, in pixels; the upper left corner of a picture is (0, 0).</summary>
/// <param name="X0">Left.</param>
/// <param name="Y0">Top.</param>
/// <param name="X1">Right.</param>
/// <param name="Y1">Bottom.</param>
public readonly record struct BoundingBox(float X0, float Y0, float X1, float Y1)
{
    /// <summary>Square pixels; zero for a box that is turned inside out.</summary>
    public float Area => Math.Max(0, X1 - X0) * Math.Max(0, Y1 - Y0);

    /// <summary>Makes a box from its middle.</summary>
    /// <param name="x">The middle's column.</param>
    /// <param name="y">The middle's row.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    public static BoundingBox FromCentre(float x, float y, float width, float height) =>
        new(x - width / 2, y - height / 2, x + width / 2, y + height / 2);

    /// <summary>Intersection over union; 0 for boxes that do not meet, 1 for equal ones.</summary>
    /// <param name="other">The other box.</param>
    public float IntersectionOverUnion(BoundingBox other)
    {
        float width = Math.Min(X1, other.X1) - Math.Max(X0, other.X0), height = Math.Min(Y1, other.Y1) - Math.Max(Y0, other.Y0);
        if (width <= 0 || height <= 0) return 0;
        float shared = width * height;
        return shared / (Area + other.Area - shared);
    }

    /// <summary>The part of the box inside a picture.</summary>
    /// <param name="width">The picture's columns.</param>
    /// <param name="height">The picture's rows.</param>
    public BoundingBox ClipTo(int width, int height) =>
        new(Math.Clamp(X0, 0, width), Math.Clamp(Y0, 0, height), Math.Clamp(X1, 0, width), Math.Clamp(Y1, 0, height));
}

/// <summary>An object that was found.</summary>
/// <param name="ClassId">The class, from 0.</param>
/// <param name="Score">From 0 to 1.</param>
/// <param name="Box">Where it is.</param>
public readonly record struct Detection(int ClassId, float Score, BoundingBox Box);
