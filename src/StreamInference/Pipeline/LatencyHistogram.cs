namespace StreamInference.Pipeline;

/// <summary>
/// Latencies in buckets that grow by 2 % each, from 10 µs to beyond an hour: a percentile is off by 1 % at most. Any threads may record and read.
/// </summary>
public sealed class LatencyHistogram
{
    private const double Smallest = 1e-5;
    private const double Growth = 1.02;
    private const int Buckets = 1100;
    private static readonly double LogGrowth = Math.Log(Growth);

    private readonly long[] _counts = new long[Buckets];
    private long _total;
    private double _max;

    /// <summary>How many were recorded.</summary>
    public long Count => Volatile.Read(ref _total);

    /// <summary>The longest, in seconds; 0 when there are none.</summary>
    public double Max => Volatile.Read(ref _max);

    /// <summary>Records <paramref name="count"/> latencies of so many seconds.</summary>
    public void Record(double seconds, long count)
    {
        int bucket = seconds <= Smallest ? 0 : Math.Min(Buckets - 1, (int)(Math.Log(seconds / Smallest) / LogGrowth) + 1);
        Interlocked.Add(ref _counts[bucket], count);
        Interlocked.Add(ref _total, count);
        Raise(seconds);
    }

    /// <summary>Records a latency in seconds.</summary>
    public void Record(double seconds) => Record(seconds, 1);

    /// <summary>Adds all of another histogram.</summary>
    public void Add(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int bucket = 0; bucket < Buckets; bucket++) Interlocked.Add(ref _counts[bucket], Volatile.Read(ref other._counts[bucket]));
        Interlocked.Add(ref _total, other.Count);
        Raise(other.Max);
    }

    /// <summary>The latency in seconds below which <paramref name="quantile"/> of all lie; 0 when there are none.</summary>
    public double Quantile(double quantile)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(quantile * Count));
        long seen = 0;
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            seen += Volatile.Read(ref _counts[bucket]);
            if (seen >= rank) return Math.Min(Max, Smallest * Math.Pow(Growth, Math.Max(0, bucket - 0.5)));
        }

        return Max;
    }

    private void Raise(double seconds)
    {
        double max = Max;
        while (seconds > max && Interlocked.CompareExchange(ref _max, seconds, max) is var found && found != max) max = found;
    }
}
