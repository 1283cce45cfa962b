namespace StreamInference.Llm.Sampling;

/// <summary>
/// Bias and penalties on a row of logits, from the tokens of the sequence alone: no state is kept between steps, so preempted and resumed
/// sequences need none restored.
/// </summary>
internal sealed class LogitProcessors(int vocabularySize)
{
    private readonly int[] _outputCounts = new int[vocabularySize];
    private readonly bool[] _seen = new bool[vocabularySize];

    public static bool Changes(SamplingParameters p)
        => p.LogitBias is { Count: > 0 } || p.RepetitionPenalty != 1 || p.PresencePenalty != 0 || p.FrequencyPenalty != 0;

    public void Apply(Span<float> logits, SamplingParameters p, ReadOnlySpan<int> tokens, int promptLength)
    {
        if (p.RepetitionPenalty != 1) Repetition(logits, p.RepetitionPenalty, tokens);
        if (p.PresencePenalty != 0 || p.FrequencyPenalty != 0) PresenceAndFrequency(logits, p, tokens[promptLength..]);
        if (p.LogitBias is null) return;
        foreach ((int token, float bias) in p.LogitBias) logits[token] += bias;
    }

    private void Repetition(Span<float> logits, float penalty, ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            if (_seen[token]) continue;
            _seen[token] = true;
            logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
        }
        foreach (int token in tokens) _seen[token] = false;
    }

    private void PresenceAndFrequency(Span<float> logits, SamplingParameters p, ReadOnlySpan<int> output)
    {
        foreach (int token in output) _outputCounts[token]++;
        foreach (int token in output)
        {
            int count = _outputCounts[token];
            if (count == 0) continue;
            logits[token] -= p.PresencePenalty + p.FrequencyPenalty * count;
            _outputCounts[token] = 0;
        }
    }
}
