using System.Numerics;

namespace StreamInference.Llm.Sampling;

/// <summary>Passes over a row of logits.</summary>
internal static class LogitVectors
{
    /// <summary>Largest value; NaN when there is one.</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        float max = float.NegativeInfinity;
        int i = 0;
        if (logits.Length >= Vector<float>.Count)
        {
            Vector<float> best = new(logits);
            Vector<int> numbers = Vector<int>.AllBitsSet;
            for (; i <= logits.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> v = new(logits[i..]);
                numbers &= Vector.Equals(v, v);
                best = Vector.Max(best, v);
            }
            if (numbers != Vector<int>.AllBitsSet) return float.NaN;
            for (int lane = 0; lane < Vector<float>.Count; lane++) max = MathF.Max(max, best[lane]);
        }
        for (; i < logits.Length; i++) max = MathF.Max(max, logits[i]);
        return max;
    }

    /// <summary>
    /// Writes exp((logit - max) * scale) to <paramref name="weights"/>, zero where the logit is below <paramref name="threshold"/>; returns the sum.
    /// </summary>
    public static double Weights(ReadOnlySpan<float> logits, float max, float scale, float threshold, Span<float> weights)
    {
        double sum = 0;
        int i = 0, width = Vector<float>.Count;
        Vector<float> top = new(max), factor = new(scale), least = new(threshold);
        for (; i <= logits.Length - width; i += width)
        {
            Vector<float> v = new(logits[i..]);
            Vector<float> w = Vector.Exp((v - top) * factor);
            w = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(v, least), w, Vector<float>.Zero);
            w.CopyTo(weights[i..]);
            sum += Vector.Sum(w);
        }
        for (; i < logits.Length; i++)
        {
            weights[i] = logits[i] >= threshold ? MathF.Exp((logits[i] - max) * scale) : 0;
            sum += weights[i];
        }
        return sum;
    }
}
