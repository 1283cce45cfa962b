namespace StreamInference.Replay.Reports;

/// <summary>Latencies in buckets that grow by 2 % each, from 10 µs to beyond an hour. Owned by one thread.</summary>
internal sealed class LatencyTally
{
    private const double Smallest = 1e-5;
    private const double Growth = 1.02;
    private const int Buckets = 1100;
    private static readonly double LogGrowth = Math.Log(Growth);

    private readonly long[] _counts = new long[Buckets];
    private long _total;
    private double _max;

    /// <summary>Counts <paramref name="count"/> records of one latency in seconds.</summary>
    public void Add(double seconds, long count)
    {
        int bucket = seconds <= Smallest ? 0 : Math.Min(Buckets - 1, (int)(Math.Log(seconds / Smallest) / LogGrowth) + 1);
        _counts[bucket] += count;
        _total += count;
        _max = Math.Max(_max, seconds);
    }

    /// <summary>Adds all of another tally.</summary>
    public void Add(LatencyTally other)
    {
        for (int bucket = 0; bucket < Buckets; bucket++) _counts[bucket] += other._counts[bucket];
        _total += other._total;
        _max = Math.Max(_max, other._max);
    }

    /// <summary>The percentiles; zeros when there was nothing.</summary>
    public LatencySummary ToSummary() => new(Quantile(0.5), Quantile(0.9), Quantile(0.99), TimeSpan.FromSeconds(_max));

    private TimeSpan Quantile(double quantile)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(quantile * _total));
        long seen = 0;
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            seen += _counts[bucket];
            if (_total > 0 && seen >= rank) return TimeSpan.FromSeconds(Math.Min(_max, Smallest * Math.Pow(Growth, Math.Max(0, bucket - 0.5))));
        }

        return TimeSpan.Zero;
    }
}
