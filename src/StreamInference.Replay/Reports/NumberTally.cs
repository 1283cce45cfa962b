namespace StreamInference.Replay.Reports;

/// <summary>
/// The distribution of one number over any range: bins of one width, a power of two, that doubles when the values need more bins than there are. The bins
/// depend on the values alone, not on their order. Owned by one thread.
/// </summary>
internal sealed class NumberTally(string name)
{
    private const int Bins = 2048;
    private const int FinestExponent = -10;
    private const int MostBuckets = 50;

    private readonly long[] _counts = new long[Bins];
    private int _exponent = FinestExponent;
    private double _scale = Math.ScaleB(1, -FinestExponent);
    private long _low;
    private double _sum;

    /// <summary>The output's name.</summary>
    public string Name => name;

    /// <summary>How many values there were.</summary>
    public long Count { get; private set; }

    /// <summary>The least value.</summary>
    public double Min { get; private set; } = double.PositiveInfinity;

    /// <summary>The greatest value.</summary>
    public double Max { get; private set; } = double.NegativeInfinity;

    /// <summary>Adds a finite value.</summary>
    public void Add(double value)
    {
        if (value < Min || value > Max) Widen(Math.Min(value, Min), Math.Max(value, Max));
        _counts[Index(value) - _low]++;
        _sum += value;
        Count++;
    }

    /// <summary>Adds all values of another tally.</summary>
    public void Add(NumberTally other)
    {
        if (other.Count == 0) return;
        Widen(Math.Min(other.Min, Min), Math.Max(other.Max, Max));
        int shift = _exponent - other._exponent;
        for (int bin = 0; bin < Bins; bin++)
            if (other._counts[bin] > 0) _counts[((other._low + bin) >> shift) - _low] += other._counts[bin];
        _sum += other._sum;
        Count += other.Count;
    }

    /// <summary>The distribution, in at most 50 buckets.</summary>
    public ScoreDistribution ToDistribution() => new() { Name = name, Count = Count, Min = Min, Max = Max, Mean = _sum / Count, Histogram = Buckets() };

    private long Index(double value) => (long)Math.Floor(value * _scale);

    private void Widen(double min, double max)
    {
        if (Count == 0)
        {
            // The bins begin anew: nothing has to move.
            while (!Fits(min, max)) SetExponent(_exponent + 1);
            _low = Index(min);
        }
        else
        {
            while (!Fits(min, max)) Coarsen();
            MoveTo(Index(min));
        }

        (Min, Max) = (min, max);
    }

    private bool Fits(double min, double max) => Math.Abs(min * _scale) < 1e18 && Math.Abs(max * _scale) < 1e18 && Index(max) - Index(min) < Bins;

    /// <summary>Lets the bins begin at another index.</summary>
    private void MoveTo(long low)
    {
        if (low == _low) return;
        Span<long> moved = stackalloc long[Bins];
        moved.Clear();
        for (int bin = 0; bin < Bins; bin++)
            if (_counts[bin] > 0) moved[(int)(_low + bin - low)] = _counts[bin];
        moved.CopyTo(_counts);
        _low = low;
    }

    private void Coarsen()
    {
        Span<long> moved = stackalloc long[Bins];
        moved.Clear();
        long low = _low >> 1;
        for (int bin = 0; bin < Bins; bin++)
            if (_counts[bin] > 0) moved[(int)(((_low + bin) >> 1) - low)] += _counts[bin];
        moved.CopyTo(_counts);
        _low = low;
        SetExponent(_exponent + 1);
    }

    private void SetExponent(int exponent)
    {
        _exponent = exponent;
        _scale = Math.ScaleB(1, -exponent);
    }

    private List<HistogramBucket> Buckets()
    {
        long first = Index(Min), last = Index(Max);
        int shift = 0;
        while ((last >> shift) - (first >> shift) >= MostBuckets) shift++;
        List<HistogramBucket> buckets = [];
        for (long bucket = first >> shift; bucket <= last >> shift; bucket++)
            buckets.Add(new HistogramBucket(Math.ScaleB(bucket << shift, _exponent), Math.ScaleB((bucket + 1) << shift, _exponent), 0));
        for (int bin = 0; bin < Bins; bin++)
        {
            if (_counts[bin] == 0) continue;
            int at = (int)(((_low + bin) >> shift) - (first >> shift));
            buckets[at] = buckets[at] with { Count = buckets[at].Count + _counts[bin] };
        }

        // The last bucket takes its upper bound, so that scores up to 1 do not end in a bucket of their own for exactly 1.
        if (buckets.Count > 1 && buckets[^1].From == Max)
        {
            buckets[^2] = buckets[^2] with { Count = buckets[^2].Count + buckets[^1].Count };
            buckets.RemoveAt(buckets.Count - 1);
        }

        return buckets;
    }
}
