namespace StreamInference.Simulation.Vision;

/// <summary>
/// Numbers that depend on a seed and on named counters only, so that any frame can be drawn without the frames before it (SplitMix64, Steele et al. 2014).
/// </summary>
internal struct CounterRandom(ulong seed, ulong counter)
{
    private ulong _state = Mix(seed ^ Mix(counter));

    /// <summary>A number of [0, 1).</summary>
    public double Next() => (Mix(_state += 0x9e3779b97f4a7c15ul) >> 11) * (1.0 / (1ul << 53));

    /// <summary>A number of [from, to).</summary>
    public double Next(double from, double to) => from + Next() * (to - from);

    /// <summary>A whole number of [0, count).</summary>
    public int Pick(int count) => (int)(Next() * count);

    /// <summary>The finalizer: every bit of the result depends on every bit of <paramref name="value"/>.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ul;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebul;
        return value ^ (value >> 31);
    }

    /// <summary>Noise of [-1, 1) at a point of a lattice.</summary>
    public static double Lattice(ulong seed, long x, long y) =>
        (int)(Mix(seed ^ ((ulong)x * 0x9e3779b97f4a7c15ul) ^ ((ulong)y * 0xc2b2ae3d27d4eb4ful)) >> 32) * (1.0 / (1L << 31));
}
