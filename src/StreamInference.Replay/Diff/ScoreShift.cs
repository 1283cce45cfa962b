using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Diff;

/// <summary>How far two distributions of scores are apart.</summary>
internal static class ScoreShift
{
    private const int Bins = 10;

    // The usual floor: an empty bin would make the index infinite.
    private const double Floor = 1e-4;

    /// <summary>
    /// The population stability index: over the deciles of the first distribution, the sum of (second − first) · ln(second / first). Equal scores stay in
    /// one bin; the share of an empty bin counts as 0.0001.
    /// </summary>
    public static double Psi(ScoreSketch first, ScoreSketch second)
    {
        if (first.Count == 0 || second.Count == 0) return 0;
        double psi = 0;
        long one = 0, other = 0, passed = 0;
        int bin = 1;
        IReadOnlyList<(double Score, long First, long Second)> counts = ScoreSketch.Align(first, second);
        for (int index = 0; index < counts.Count; index++)
        {
            one += counts[index].First;
            other += counts[index].Second;
            passed += counts[index].First;
            bool isLast = index == counts.Count - 1;
            if (!isLast && (bin == Bins || passed * Bins < first.Count * (long)bin)) continue;
            psi += Term(one / (double)first.Count, other / (double)second.Count);
            one = other = 0;
            while (bin < Bins && passed * Bins >= first.Count * (long)bin) bin++;
        }

        return psi;
    }

    /// <summary>The Kolmogorov-Smirnov distance: the greatest difference of the two distribution functions.</summary>
    public static double Ks(ScoreSketch first, ScoreSketch second)
    {
        if (first.Count == 0 || second.Count == 0) return 0;
        double distance = 0;
        long one = 0, other = 0;
        foreach ((_, long inFirst, long inSecond) in ScoreSketch.Align(first, second))
        {
            one += inFirst;
            other += inSecond;
            distance = Math.Max(distance, Math.Abs((one / (double)first.Count) - (other / (double)second.Count)));
        }

        return distance;
    }

    /// <summary>Both distributions over the same buckets of equal width.</summary>
    public static (IReadOnlyList<HistogramBucket> First, IReadOnlyList<HistogramBucket> Second) Histograms(ScoreSketch first, ScoreSketch second, int buckets)
    {
        if (first.Count + second.Count == 0) return ([], []);
        double min = Math.Min(first.Min, second.Min), max = Math.Max(first.Max, second.Max);
        double width = max > min ? (max - min) / buckets : 1;
        long[] one = new long[buckets], other = new long[buckets];
        foreach ((double score, long inFirst, long inSecond) in ScoreSketch.Align(first, second))
        {
            int bucket = Math.Clamp((int)((score - min) / width), 0, buckets - 1);
            one[bucket] += inFirst;
            other[bucket] += inSecond;
        }

        return (Buckets(one, min, width), Buckets(other, min, width));
    }

    private static double Term(double first, double second)
    {
        double expected = Math.Max(first, Floor), actual = Math.Max(second, Floor);
        return (actual - expected) * Math.Log(actual / expected);
    }

    private static HistogramBucket[] Buckets(long[] counts, double min, double width) =>
        [.. counts.Select((count, index) => new HistogramBucket(min + (index * width), min + ((index + 1) * width), count))];
}
