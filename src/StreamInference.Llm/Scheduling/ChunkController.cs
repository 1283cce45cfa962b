namespace StreamInference.Llm.Scheduling;

/// <summary>
/// Decides how many prompt tokens may join a step that decodes: few enough that the step takes at most <c>stretch</c> times a plain decode step.
/// Costs are learned from the steps themselves (exponential averages), so the answer fits the model and the machine.
/// </summary>
internal sealed class ChunkController(double stretch, int maxTokens)
{
    private const double Weight = 0.2;
    private const int FirstGuess = 16;

    private double _decodeSeconds;
    private double _promptTokenSeconds;

    /// <summary>Learns from a committed step.</summary>
    public void Observe(int decodeRows, int promptTokens, TimeSpan elapsed)
    {
        double seconds = elapsed.TotalSeconds;
        if (promptTokens == 0 && decodeRows > 0) Learn(ref _decodeSeconds, seconds);
        else if (promptTokens > 0)
        {
            double rest = decodeRows > 0 ? Math.Max(seconds - _decodeSeconds, seconds * 0.05) : seconds;
            Learn(ref _promptTokenSeconds, rest / promptTokens);
        }
    }

    /// <summary>Prompt tokens that may join a step with this many decode rows.</summary>
    public int Limit(int decodeRows)
    {
        if (decodeRows == 0) return maxTokens;
        if (_decodeSeconds <= 0 || _promptTokenSeconds <= 0) return Math.Min(FirstGuess, maxTokens);
        double tokens = (stretch - 1) * _decodeSeconds / _promptTokenSeconds;
        return (int)Math.Clamp(tokens, 1, maxTokens);
    }

    private static void Learn(ref double average, double sample)
        => average = average <= 0 ? sample : average + Weight * (sample - average);
}
