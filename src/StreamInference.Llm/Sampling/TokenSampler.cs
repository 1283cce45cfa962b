using StreamInference.Llm.Engine;

namespace StreamInference.Llm.Sampling;

/// <summary>
/// Chooses a token from a row of logits: penalties, bias, temperature, min-p, top-k, top-p, then a counter-based draw (vLLM's order). Each
/// filter is a threshold on the logits and the draw walks the vocabulary in order of ids, so the last bits of a logit, which depend on the company
/// in the batch, cannot reorder it.
/// </summary>
internal sealed class TokenSampler(int vocabularySize)
{
    private readonly float[] _raw = new float[vocabularySize];
    private readonly float[] _weights = new float[vocabularySize];
    private readonly float[] _sorted = new float[vocabularySize];
    private readonly TopSelection _top = new();
    private readonly LogitProcessors _processors = new(vocabularySize);

    /// <summary>
    /// Chooses a token; -1 when the logits are unusable (NaN, infinite). Overwrites <paramref name="logits"/>.
    /// </summary>
    /// <param name="logits">The model's logits [vocabulary].</param>
    /// <param name="p">How to choose.</param>
    /// <param name="tokens">Prompt and output so far.</param>
    /// <param name="promptLength">How many of them are the prompt.</param>
    /// <param name="seed">Seed of the request.</param>
    /// <param name="choice">Which of its n choices.</param>
    /// <param name="logprobs">Filled where the request asks for log-probabilities.</param>
    public int Sample(Span<float> logits, SamplingParameters p, ReadOnlySpan<int> tokens, int promptLength, ulong seed, int choice,
        out TokenLogprobs? logprobs)
    {
        logprobs = null;
        float max = LogitVectors.Max(logits);
        if (!float.IsFinite(max)) return -1;
        if (p.Logprobs is not null) logits.CopyTo(_raw);
        if (LogitProcessors.Changes(p))
        {
            _processors.Apply(logits, p, tokens, promptLength);
            max = LogitVectors.Max(logits);
            if (!float.IsFinite(max)) return -1;
        }
        int token = p.Temperature == 0
            ? logits.IndexOf(max)
            : Draw(logits, max, p, CounterRandom.Uniform(seed, choice, tokens.Length - promptLength));
        if (p.Logprobs is int count) logprobs = Logprobs(token, count);
        return token;
    }

    private int Draw(Span<float> logits, float max, SamplingParameters p, double uniform)
    {
        // A temperature so low that the scale overflows is greedy.
        float scale = MathF.Min(1 / p.Temperature, 1e20f);
        float threshold = float.NegativeInfinity;
        if (p.MinP > 0) threshold = max + MathF.Log(p.MinP) / scale;
        if (p.TopK > 0) threshold = MathF.Max(threshold, _top.Threshold(logits, p.TopK));
        Span<float> weights = _weights.AsSpan(0, logits.Length);
        double sum = LogitVectors.Weights(logits, max, scale, threshold, weights);
        if (p.TopP < 1)
        {
            threshold = NucleusThreshold(logits, threshold, weights, sum, max, scale, p.TopP);
            sum = LogitVectors.Weights(logits, max, scale, threshold, weights);
        }
        return Walk(weights, uniform * sum);
    }

    /// <summary>The logit of the last token in the smallest set whose weight reaches topP of the sum.</summary>
    private float NucleusThreshold(
        ReadOnlySpan<float> logits, float threshold, ReadOnlySpan<float> weights, double sum, float max, float scale, float topP)
    {
        // Lighter tokens together weigh less than what may be left out, so none of them is in the nucleus.
        float least = (float)((1 - topP) * sum / logits.Length);
        int count = 0;
        for (int i = 0; i < logits.Length; i++)
            if (weights[i] >= least && logits[i] >= threshold) _sorted[count++] = logits[i];
        Span<float> candidates = _sorted.AsSpan(0, count);
        candidates.Sort();
        double reached = 0, wanted = topP * sum;
        for (int i = count - 1; i >= 0; i--)
        {
            reached += MathF.Exp((candidates[i] - max) * scale);
            if (reached >= wanted) return candidates[i];
        }
        return count > 0 ? candidates[0] : threshold;
    }

    private static int Walk(ReadOnlySpan<float> weights, double target)
    {
        double reached = 0;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0) continue;
            reached += weights[i];
            last = i;
            if (reached > target) return i;
        }
        return last;
    }

    private TokenLogprobs Logprobs(int token, int count)
    {
        ReadOnlySpan<float> raw = _raw;
        float max = LogitVectors.Max(raw);
        double logSum = max + Math.Log(LogitVectors.Weights(raw, max, 1, float.NegativeInfinity, _weights));
        _top.Select(raw, count);
        TokenLogprob[] top = new TokenLogprob[_top.Count];
        for (int i = 0; i < top.Length; i++) top[i] = new(_top.Ids[i], (float)(_top.Values[i] - logSum));
        return new(token, (float)(raw[token] - logSum), top);
    }
}
