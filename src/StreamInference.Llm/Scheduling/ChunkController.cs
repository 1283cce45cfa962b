namespace StreamInference.Llm.Scheduling;

/// <summary>
/// Decides how many prompt tokens may join a step that decodes: few enough that the step takes at most <c>stretch</c> times a plain decode step of as
/// many rows. The next chunk is what the time allows at the slowest cost per token among the last few steps, and at most half as long again as they were. A
/// fixed cost of a chunk is in that cost, so the size settles where chunk and fixed cost together fill the time; a past that grows is followed within a step.
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
    // A plain step counts as no longer than this times the usual one: a pause of the machine is not the model's speed.
    private const double Outlier = 1.5;

    // Of the last steps with a chunk.
    private readonly double[] _secondsPerToken = new double[Remembered];
    private readonly int[] _tokens = new int[Remembered];
    private int _chunks;

    // Of plain steps, by their number of rows.
    private double[] _decodeSeconds = [];

    /// <summary>Learns from a committed step.</summary>
    public void Observe(int decodeRows, int promptTokens, TimeSpan elapsed)
    {
        if (decodeRows == 0) return;
        double seconds = elapsed.TotalSeconds;
        if (promptTokens == 0)
        {
            ObserveDecode(decodeRows, seconds);
            return;
        }
        int at = _chunks++ % Remembered;
        _tokens[at] = promptTokens;
        _secondsPerToken[at] = Math.Max(0, seconds - DecodeSeconds(decodeRows)) / promptTokens;
    }

    /// <summary>Prompt tokens that may join a step with this many decode rows.</summary>
    public int Limit(int decodeRows)
    {
        if (decodeRows == 0) return maxTokens;
        int least = Math.Min(MinTokens, maxTokens);
        double decode = DecodeSeconds(decodeRows);
        if (decode <= 0 || _chunks == 0) return least;
        double tokens = Math.Min((stretch - 1) * decode / Slowest(), Growth * _tokens.Max());
        return double.IsNaN(tokens) ? least : (int)Math.Clamp(tokens, least, maxTokens);
    }

    private double Slowest()
    {
        double slowest = 0;
        foreach (double seconds in _secondsPerToken) slowest = Math.Max(slowest, seconds);
        return slowest;
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
