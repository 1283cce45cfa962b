namespace StreamInference.Onnx.Vision.Preprocessing;

/// <summary>
/// The weights of one axis of a separable resize: output i is the sum over k &lt; <see cref="Taps"/> of weight[i, k] × input[first[i] + k].
/// Pixel centres lie at one half (as in Pillow's ImagingResample); every row of weights sums to one.
/// </summary>
internal sealed class ResizeAxis
{
    // A weight of one must fit 16 bits, so a row of weights sums to this.
    private const uint One = ushort.MaxValue;
    private const int LanesPerTap = 4;

    /// <param name="source">Samples of the input.</param>
    /// <param name="scaled">Samples of the whole output.</param>
    /// <param name="start">The first output sample that is wanted.</param>
    /// <param name="count">How many are wanted from there on.</param>
    /// <param name="filter">The filter.</param>
    public ResizeAxis(int source, int scaled, int start, int count, ResizeFilter filter)
    {
        double step = (double)source / scaled, radius = filter == ResizeFilter.Antialias ? Math.Max(1, step) : 1;
        // An even number of taps: the horizontal pass takes two at a time. The spare ones have the weight zero.
        int widest = (int)Math.Ceiling(radius) * 2 + 1;
        Taps = (widest + 1) & ~1;
        (Count, First, Weights, Lanes) = (count, new int[count], new ushort[count * Taps], new float[count * Taps * LanesPerTap]);
        Span<double> weights = Taps <= 128 ? stackalloc double[Taps] : new double[Taps];
        for (int i = 0; i < count; i++)
        {
            double centre = (start + i + 0.5) * step;
            int first = Math.Max(0, (int)(centre - radius + 0.5)), end = Math.Min(source, (int)(centre + radius + 0.5));
            // At an edge of the linear filter both neighbours can be the same sample.
            if (end <= first) (first, end) = (Math.Min(first, source - 1), Math.Min(first, source - 1) + 1);
            First[i] = first;
            Triangle(weights, first, end, centre, radius);
            Store(i, weights);
            Widest = Math.Max(Widest, end - first);
        }
    }

    /// <summary>Output samples.</summary>
    public int Count { get; }

    /// <summary>Weights per output sample, an even number.</summary>
    public int Taps { get; }

    /// <summary>The most weights of an output sample that are not zero; the ones behind them need not be looked at.</summary>
    public int Widest { get; }

    /// <summary>The first input sample of each output sample.</summary>
    public int[] First { get; }

    /// <summary>Fixed point, 16 fractional bits.</summary>
    public ushort[] Weights { get; }

    /// <summary>Floating point, each weight four times, once for each channel of a pixel.</summary>
    public float[] Lanes { get; }

    private static void Triangle(Span<double> weights, int first, int end, double centre, double radius)
    {
        weights.Clear();
        double sum = 0;
        for (int x = first; x < end; x++) sum += weights[x - first] = Math.Max(0, 1 - Math.Abs((x + 0.5 - centre) / radius));
        if (sum == 0) (weights[0], sum) = (1, 1);
        for (int k = 0; k < end - first; k++) weights[k] /= sum;
    }

    private void Store(int i, ReadOnlySpan<double> weights)
    {
        int left = (int)One, largest = 0;
        for (int k = 0; k < Taps; k++)
        {
            Lanes.AsSpan((i * Taps + k) * LanesPerTap, LanesPerTap).Fill((float)weights[k]);
            ushort rounded = (ushort)Math.Round(weights[k] * One);
            Weights[i * Taps + k] = rounded;
            left -= rounded;
            if (weights[k] > weights[largest]) largest = k;
        }
        // What rounding lost or won goes to the largest weight, so that a flat picture stays flat.
        Weights[i * Taps + largest] = (ushort)(Weights[i * Taps + largest] + left);
    }
}
