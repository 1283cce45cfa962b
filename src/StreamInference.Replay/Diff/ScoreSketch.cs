namespace StreamInference.Replay.Diff;

/// <summary>
/// How often each score came, within a bounded memory: exact by single-precision value as long as there are few enough of them, then by ever
/// coarser neighbourhoods (a bit of the mantissa less each time).
/// </summary>
internal sealed class ScoreSketch(int maxDistinct = 1 << 18)
{
    private Dictionary<int, long> _counts = [];
    private int _shift;

    /// <summary>Scores counted.</summary>
    public long Count { get; private set; }

    /// <summary>The mean.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>The least score.</summary>
    public double Min { get; private set; } = double.PositiveInfinity;

    /// <summary>The greatest score.</summary>
    public double Max { get; private set; } = double.NegativeInfinity;

    private double _sum;

    /// <summary>Counts a score; it must be finite.</summary>
    public void Add(double score)
    {
        Count++;
        _sum += score;
        Min = Math.Min(Min, score);
        Max = Math.Max(Max, score);
        Increment(_counts, Sortable((float)score) >> _shift, 1);
        if (_counts.Count > maxDistinct) Coarsen();
    }

    /// <summary>The counts of two sketches at one resolution, in the order of the scores.</summary>
    public static IReadOnlyList<(double Score, long First, long Second)> Align(ScoreSketch first, ScoreSketch second)
    {
        while (first._shift < second._shift) first.Coarsen();
        while (second._shift < first._shift) second.Coarsen();
        return
        [
            .. first._counts.Keys.Union(second._counts.Keys).Order()
                .Select(key => ((double)Value(key << first._shift), first._counts.GetValueOrDefault(key), second._counts.GetValueOrDefault(key))),
        ];
    }

    // IEEE 754 numbers are in the order of their bits, but for the sign.
    private static int Sortable(float score)
    {
        int bits = BitConverter.SingleToInt32Bits(score == 0 ? 0 : score);
        return bits < 0 ? ~bits ^ int.MinValue : bits;
    }

    private static float Value(int sortable) => BitConverter.Int32BitsToSingle(sortable < 0 ? ~(sortable ^ int.MinValue) : sortable);

    private static void Increment(Dictionary<int, long> counts, int key, long by) =>
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _) += by;

    private void Coarsen()
    {
        _shift++;
        Dictionary<int, long> coarser = [];
        foreach ((int key, long count) in _counts) Increment(coarser, key >> 1, count);
        _counts = coarser;
    }
}
