namespace StreamInference.Cli.Demo;

/// <summary>
/// Latencies in buckets that grow by 2 % each, from 10 µs to beyond an hour: a percentile is off by 1 % at most. Any threads may record and read.
/// </summary>
internal sealed class LatencyHistogram
{
    private const double Smallest = 1e-5;
    private const double Growth = 1.02;
    private const int Buckets = 1100;
    private static readonly double LogGrowth = Math.Log(Growth);

    private readonly long[] _counts = new long[Buckets];
    private long _total;

    /// <summary>How many were recorded.</summary>
    public long Count => Volatile.Read(ref _total);

    /// <summary>Records a latency in seconds.</summary>
    public void Record(double seconds)
    {
        int bucket = seconds <= Smallest ? 0 : Math.Min(Buckets - 1, (int)(Math.Log(seconds / Smallest) / LogGrowth) + 1);
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Increment(ref _total);
    }

    /// <summary>The latency in seconds below which <paramref name="quantile"/> of all lie; 0 when there are none.</summary>
    public double Quantile(double quantile)
    {
        long total = Count;
        if (total == 0) return 0;
        long rank = Math.Max(1, (long)Math.Ceiling(quantile * total));
        long seen = 0;
        for (int i = 0; i < Buckets; i++)
        {
            seen += Volatile.Read(ref _counts[i]);
            if (seen >= rank) return i == 0 ? Smallest : Smallest * Math.Pow(Growth, i - 0.5);
        }

        return Smallest * Math.Pow(Growth, Buckets - 0.5);
    }
}
