namespace StreamInference.Llm.Scheduling;

/// <summary>
/// Decides how many prompt tokens may join a step that decodes: few enough that the step takes at most <c>stretch</c> times a plain decode step.
/// What prompt tokens add to a step is a fixed part (the weights are read again) and a part for each token; both are learned from the steps
/// themselves by least squares with old steps fading out, so the answer fits the model and the machine.
/// </summary>
internal sealed class ChunkController(double stretch, int maxTokens)
{
    /// <summary>
    /// Never less: the fixed part alone may exceed the stretch, and ever smaller chunks would only pay it more often.
    /// </summary>
    public const int MinTokens = 16;

    private const double DecodeWeight = 0.2;
    private const double Fade = 0.9;

    // Faded sums over steps with prompt tokens: weight, tokens, tokens squared, seconds, tokens times seconds.
    private double _weight;
    private double _tokens;
    private double _squares;
    private double _seconds;
    private double _products;
    private double _decodeSeconds;

    /// <summary>Learns from a committed step.</summary>
    public void Observe(int decodeRows, int promptTokens, TimeSpan elapsed)
    {
        double seconds = elapsed.TotalSeconds;
        if (promptTokens > 0) AddPrompt(promptTokens, decodeRows > 0 ? Math.Max(0, seconds - _decodeSeconds) : seconds);
        else if (decodeRows > 0) _decodeSeconds += (_decodeSeconds <= 0 ? 1 : DecodeWeight) * (seconds - _decodeSeconds);
    }

    /// <summary>Prompt tokens that may join a step with this many decode rows.</summary>
    public int Limit(int decodeRows)
    {
        if (decodeRows == 0) return maxTokens;
        int least = Math.Min(MinTokens, maxTokens);
        if (_decodeSeconds <= 0 || _weight <= 0) return least;
        (double once, double perToken) = Costs();
        double tokens = ((stretch - 1) * _decodeSeconds - once) / perToken;
        return double.IsNaN(tokens) ? least : (int)Math.Clamp(tokens, least, maxTokens);
    }

    private void AddPrompt(double tokens, double seconds)
    {
        _weight = _weight * Fade + 1;
        _tokens = _tokens * Fade + tokens;
        _squares = _squares * Fade + tokens * tokens;
        _seconds = _seconds * Fade + seconds;
        _products = _products * Fade + tokens * seconds;
    }

    private (double Once, double PerToken) Costs()
    {
        double spread = _weight * _squares - _tokens * _tokens;
        double perToken = (_weight * _products - _tokens * _seconds) / spread;
        double once = (_seconds - perToken * _tokens) / _weight;
        // Equal chunks tell only their mean; noise may give a negative part.
        bool isKnown = spread > 0.01 * _tokens * _tokens && perToken > 0 && once > 0;
        return isKnown ? (once, perToken) : (0, _seconds / _tokens);
    }
}
