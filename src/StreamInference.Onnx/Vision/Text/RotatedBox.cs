using System.Numerics;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>A rectangle that may be turned. <paramref name="Across"/> is a unit vector along its width; its height goes a quarter turn clockwise from it.</summary>
/// <param name="Middle">Its middle.</param>
/// <param name="Across">Where text runs.</param>
/// <param name="Width">Extent along <paramref name="Across"/>.</param>
/// <param name="Height">Extent at a right angle to it.</param>
internal readonly record struct RotatedBox(Vector2 Middle, Vector2 Across, float Width, float Height)
{
    /// <summary>Down, as seen by a reader (rows grow downwards).</summary>
    public Vector2 Down => new(-Across.Y, Across.X);

    /// <summary>Grown on all sides.</summary>
    public RotatedBox Grow(float distance) => this with { Width = Width + 2 * distance, Height = Height + 2 * distance };

    /// <summary>The corner at these parts of width and height, each from 0 to 1.</summary>
    public Vector2 At(float across, float down) => Middle + Across * ((across - 0.5f) * Width) + Down * ((down - 0.5f) * Height);

    /// <summary>The box in another coordinate system whose axes are scaled one by one; right angles are kept as well as they can be.</summary>
    public RotatedBox Scale(float x, float y)
    {
        Vector2 factor = new(x, y), across = Across * Width * factor, down = Down * Height * factor;
        return new(Middle * factor, across == Vector2.Zero ? Vector2.UnitX : Vector2.Normalize(across), across.Length(), down.Length());
    }

    /// <summary>Turns the box so that its width is the direction that a reader takes: from left to right, or downwards for tall boxes.</summary>
    public RotatedBox Upright(float tall)
    {
        var box = MathF.Abs(Across.X) >= MathF.Abs(Across.Y) ? this : new(Middle, Down, Height, Width);
        if (box.Across.X < 0) box = box with { Across = -box.Across };
        return box.Height >= tall * box.Width ? new(box.Middle, box.Down, box.Height, box.Width) : box;
    }
}

/// <summary>The smallest rectangle around points.</summary>
internal static class MinimumAreaBox
{
    /// <summary>Finds it by the edges of the convex hull, one of which it shares (Freeman and Shapira 1975).</summary>
    /// <param name="points">At least one; sorted by this call.</param>
    public static RotatedBox Around(List<Vector2> points)
    {
        var hull = Hull(points);
        var best = Along(hull, Vector2.UnitX);
        for (int i = 0; i < hull.Count; i++)
        {
            var edge = hull[(i + 1) % hull.Count] - hull[i];
            if (edge == Vector2.Zero) continue;
            var box = Along(hull, Vector2.Normalize(edge));
            if (box.Width * box.Height < best.Width * best.Height) best = box;
        }

        return best;
    }

    private static RotatedBox Along(List<Vector2> hull, Vector2 across)
    {
        Vector2 down = new(-across.Y, across.X), least = new(float.MaxValue), most = new(float.MinValue);
        foreach (var point in hull)
        {
            Vector2 projected = new(Vector2.Dot(point, across), Vector2.Dot(point, down));
            (least, most) = (Vector2.Min(least, projected), Vector2.Max(most, projected));
        }

        var middle = (least + most) / 2;
        return new(across * middle.X + down * middle.Y, across, most.X - least.X, most.Y - least.Y);
    }

    // Andrew's monotone chain.
    private static List<Vector2> Hull(List<Vector2> points)
    {
        points.Sort(static (a, b) => a.X != b.X ? a.X.CompareTo(b.X) : a.Y.CompareTo(b.Y));
        List<Vector2> hull = [];
        for (int pass = 0; pass < 2; pass++)
        {
            int from = hull.Count;
            foreach (var point in points)
            {
                while (hull.Count >= from + 2 && Turn(hull[^2], hull[^1], point) <= 0) hull.RemoveAt(hull.Count - 1);
                hull.Add(point);
            }

            hull.RemoveAt(hull.Count - 1);
            points.Reverse();
        }

        return hull.Count > 0 ? hull : [points[0]];
    }

    private static float Turn(Vector2 a, Vector2 b, Vector2 c) => (b.X - a.X) * (c.Y - a.Y) - (b.Y - a.Y) * (c.X - a.X);
}
