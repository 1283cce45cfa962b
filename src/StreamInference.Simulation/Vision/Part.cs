namespace StreamInference.Simulation.Vision;

internal enum PartShape
{
    Washer,
    Nut,
    Bracket,
}

/// <summary>A part on the belt: its outline as a signed distance, its surface, its defects. Coordinates are pixels around the part's middle.</summary>
internal sealed class Part
{
    private readonly double _cosine, _sine, _size, _hole, _shade, _tint;
    private readonly ulong _grain;

    public Part(ulong seed, long number)
    {
        var random = new CounterRandom(seed, (ulong)number);
        Shape = (PartShape)random.Pick(3);
        _size = random.Next(34, 46);
        _hole = random.Next(0.28, 0.42) * _size;
        double angle = random.Next(0, 2 * Math.PI);
        (_sine, _cosine) = Math.SinCos(angle);
        (_shade, _tint) = (random.Next(120, 175), random.Next(-14, 14));
        OffsetX = random.Next(-10, 10);
        OffsetY = random.Next(-26, 26);
        _grain = CounterRandom.Mix(seed ^ (ulong)number);
        double luck = random.Next();
        int defects = luck < 0.45 ? 0 : luck < 0.85 ? 1 : 2;
        Defects = new Defect[defects];
        for (int i = 0; i < defects; i++) Defects[i] = new Defect(this, ref random);
    }

    public PartShape Shape { get; }

    /// <summary>How far the part lies from its place in the row.</summary>
    public double OffsetX { get; }

    public double OffsetY { get; }

    public Defect[] Defects { get; }

    /// <summary>No pixel of the part is further from its middle.</summary>
    public double Reach => _size * 1.25;

    /// <summary>Distance to the outline, negative on the material.</summary>
    public double Distance(double x, double y)
    {
        (double u, double v) = (x * _cosine + y * _sine, y * _cosine - x * _sine);
        double middle = Math.Sqrt(u * u + v * v);
        return Shape switch
        {
            PartShape.Washer => Math.Max(middle - _size, _hole - middle),
            PartShape.Nut => Math.Max(Hexagon(u, v, _size * 0.9), _hole - middle),
            _ => Math.Max(Box(u, v, _size * 1.1, _size * 0.6), Math.Max(Bore(u - _size * 0.65, v), Bore(u + _size * 0.65, v))),
        };
    }

    /// <summary>The bare metal: brushed along the part's own axis, lit from the upper left.</summary>
    public (double R, double G, double B) Surface(double x, double y)
    {
        (double u, double v) = (x * _cosine + y * _sine, y * _cosine - x * _sine);
        double brushed = CounterRandom.Lattice(_grain, (long)Math.Floor(u * 0.12), (long)Math.Floor(v)) * 7;
        double light = _shade - (x + y) * 0.35 + brushed + Bevel(x, y);
        return (light + _tint, light, light - _tint * 0.6);
    }

    // The rim catches the light.
    private double Bevel(double x, double y)
    {
        double depth = -Distance(x, y);
        return depth is > 0 and < 3 ? (3 - depth) * (x + y < 0 ? 10 : -10) : 0;
    }

    private double Bore(double u, double v) => _size * 0.17 - Math.Sqrt(u * u + v * v);

    private static double Box(double u, double v, double halfWidth, double halfHeight)
    {
        double across = Math.Abs(u) - halfWidth, down = Math.Abs(v) - halfHeight;
        double outside = Math.Sqrt(Math.Max(across, 0) * Math.Max(across, 0) + Math.Max(down, 0) * Math.Max(down, 0));
        return outside + Math.Min(Math.Max(across, down), 0);
    }

    private static double Hexagon(double u, double v, double radius)
    {
        (u, v) = (Math.Abs(u), Math.Abs(v));
        return Math.Max(u * 0.866025404 + v * 0.5, v) - radius;
    }
}
