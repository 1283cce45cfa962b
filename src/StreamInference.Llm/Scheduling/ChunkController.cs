namespace StreamInference.Llm.Scheduling;

/// <summary>
/// Decides how many prompt tokens may join a step that decodes: as many as are expected to keep the step within <c>stretch</c> times a plain decode step
/// of as many rows. What a chunk adds is foreseen from its length and its past (<see cref="ChunkCost"/>), so a past that grows makes the next chunk
/// shorter before it makes the step longer. No chunk is more than half as long again as the last few were, however cheap it is expected to be.
/// </summary>
internal sealed class ChunkController(double stretch, int maxTokens)
{
    /// <summary>Never less: a fixed cost alone may exceed the stretch, and ever smaller chunks would only pay it more often.</summary>
    public const int MinTokens = 8;

    private const int Remembered = 4;
    private const double Growth = 1.5;
    // Shorter steps count more than longer ones: on a busy machine the usual step is what the model takes, not what its neighbours add.
    private const double ShorterWeight = 0.2;
    private const double LongerWeight = 0.05;
    // A step counts as no longer than this times the expected one: a pause of the machine is not the model's speed.
    private const double Outlier = 1.5;

    // Of the last steps with a chunk.
    private readonly ChunkCost _cost = new();
    private readonly int[] _tokens = new int[Remembered];
    private int _chunks;

    // Of plain steps, by their number of rows.
    private double[] _decodeSeconds = [];

    /// <summary>Learns from a committed step.</summary>
    public void Observe(int decodeRows, in ChunkWork work, TimeSpan elapsed)
    {
        double seconds = elapsed.TotalSeconds, decode = DecodeSeconds(decodeRows);
        if (decodeRows == 0) return;
        if (work.Chunks == 0) ObserveDecode(decodeRows, seconds);
        else if (decode > 0)
        {
            // Nothing is expected of the first ones.
            if (_chunks >= Remembered) seconds = Math.Min(seconds, Outlier * (decode + _cost.Predict(work)));
            _cost.Observe(work, Math.Max(0, seconds - decode));
            _tokens[_chunks++ % Remembered] = work.Tokens;
        }
    }

    /// <summary>
    /// How many of the <paramref name="remaining"/> tokens of a prompt, behind <paramref name="past"/> computed ones, may join a step of so many decode
    /// rows and the chunks planned so far. A step's first chunk always goes on; another one comes where the rest of its prompt fits or enough of it.
    /// </summary>
    public int Limit(int decodeRows, in ChunkWork planned, int past, int remaining)
    {
        int most = Math.Min(remaining, maxTokens), least = Math.Min(MinTokens, most), otherwise = planned.Chunks == 0 ? least : 0;
        double added = (stretch - 1) * DecodeSeconds(decodeRows);
        if (decodeRows == 0) return most;
        if (added <= 0 || _chunks == 0) return otherwise;
        int fits = 0, grown = Math.Max(MinTokens, (int)(Growth * _tokens.Max())) - planned.Tokens;
        for (int high = Math.Min(most, grown); fits < high;)
        {
            int middle = (fits + high + 1) / 2;
            if (_cost.Predict(planned + ChunkWork.Of(past, middle)) <= added) fits = middle;
            else high = middle - 1;
        }
        return fits < least ? otherwise : fits;
    }

    private void ObserveDecode(int rows, double seconds)
    {
        if (rows >= _decodeSeconds.Length) Array.Resize(ref _decodeSeconds, rows + 1);
        ref double usual = ref _decodeSeconds[rows];
        double weight = seconds < usual ? ShorterWeight : LongerWeight;
        usual = usual <= 0 ? seconds : usual + weight * (Math.Min(seconds, Outlier * usual) - usual);
    }

    /// <summary>A plain step of so many rows: as measured, else as one of fewer rows, else the share of one of more; never an overestimate.</summary>
    private double DecodeSeconds(int rows)
    {
        for (int fewer = Math.Min(rows, _decodeSeconds.Length - 1); fewer > 0; fewer--)
            if (_decodeSeconds[fewer] > 0) return _decodeSeconds[fewer];
        for (int more = rows + 1; more < _decodeSeconds.Length; more++)
            if (_decodeSeconds[more] > 0) return _decodeSeconds[more] * rows / more;
        return 0;
    }
}
