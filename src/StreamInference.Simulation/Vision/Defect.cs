namespace StreamInference.Simulation.Vision;

/// <summary>A flaw on a part's surface: how strongly it covers a point, and what the point looks like then.</summary>
internal sealed class Defect
{
    private readonly double _x, _y, _alongX, _alongY, _radius, _stretch, _strength;
    private readonly ulong _edge;

    public Defect(Part part, ref CounterRandom random)
    {
        Kind = (DefectKind)random.Pick(3);
        double angle = random.Next(0, 2 * Math.PI);
        (_alongY, _alongX) = Math.SinCos(angle);
        _radius = Kind switch { DefectKind.Scratch => random.Next(9, 17), DefectKind.Dent => random.Next(5.5, 9), _ => random.Next(6, 11) };
        _stretch = random.Next(0.7, 1);
        _strength = Kind == DefectKind.Scratch ? random.Next(45, 80) * (random.Next() < 0.5 ? -1 : 1) : random.Next(0.75, 1);
        _edge = CounterRandom.Mix((ulong)(random.Next() * long.MaxValue));
        // On the material, not across a hole or the rim.
        double margin = Kind == DefectKind.Scratch ? 4 : 6;
        for (int tries = 0; tries < 64; tries++)
        {
            (_x, _y) = (random.Next(-45, 45), random.Next(-45, 45));
            if (part.Distance(_x, _y) < -margin) return;
        }
    }

    public DefectKind Kind { get; }

    /// <summary>0 where the surface is untouched, up to 1 in the flaw's middle.</summary>
    public double Cover(double x, double y)
    {
        (double dx, double dy) = (x - _x, y - _y);
        if (dx * dx + dy * dy > 400) return 0;
        double along = dx * _alongX + dy * _alongY, across = dy * _alongX - dx * _alongY;
        return Kind switch
        {
            DefectKind.Scratch => Math.Abs(along) > _radius ? 0 : Math.Clamp(1.7 - Math.Abs(across + along * along * 0.006), 0, 1),
            DefectKind.Dent => Math.Clamp((1 - Round(along, across)) * 2.5, 0, 1),
            _ => Math.Clamp((1 - Round(along, across) + Ragged(dx, dy)) * 3, 0, 1) * _strength,
        };
    }

    /// <summary>Blends the flaw over a surface point.</summary>
    public (double R, double G, double B) Shade((double R, double G, double B) metal, double cover, double x, double y) => Kind switch
    {
        DefectKind.Scratch => Add(metal, _strength * cover),
        // Lit from the upper left, a hollow is dark there and bright on the other side.
        DefectKind.Dent => Add(metal, cover * _strength * Math.Clamp((x - _x + y - _y) / _radius, -1.2, 1.2) * 62),
        _ => (metal.R + (112 - metal.R) * cover, metal.G + (74 - metal.G) * cover, metal.B + (38 - metal.B) * cover),
    };

    private double Round(double along, double across) =>
        Math.Sqrt(along * along + across * across / (_stretch * _stretch)) / _radius;

    private double Ragged(double dx, double dy) => CounterRandom.Lattice(_edge, (long)Math.Floor(dx / 3), (long)Math.Floor(dy / 3)) * 0.2;

    private static (double R, double G, double B) Add((double R, double G, double B) metal, double light) =>
        (metal.R + light, metal.G + light, metal.B + light);
}
