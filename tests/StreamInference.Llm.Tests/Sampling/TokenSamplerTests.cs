using CsCheck;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;

namespace StreamInference.Llm.Tests.Sampling;

public class TokenSamplerTests
{
    private static readonly float[] Logits = [1.5f, -0.3f, 2.2f, 0.1f, 0.7f, -2f, 1.1f, 0f];

    [Fact]
    public void Philox_gives_the_known_answer()
    {
        // The all-zero vector of Random123's kat_vectors: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
        double expected = (0x6627e8d5e169c58dUL >> 11) * (1.0 / (1UL << 53));
        Assert.Equal(expected, CounterRandom.Uniform(0, 0, 0));
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Draws_follow_the_exact_distribution(string name, SamplingParameters p, double[] expected)
    {
        const int Draws = 40_000;
        TokenSampler sampler = new(Logits.Length);
        int[] counts = new int[Logits.Length];
        for (int i = 0; i < Draws; i++) counts[sampler.Sample(Logits.ToArray(), p, [3, 3, 6], 1, (ulong)i * 7919 + 5, 0, out _)]++;
        double chi = 0;
        int cells = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (expected[i] == 0)
            {
                Assert.True(counts[i] == 0, $"{name}: token {i} was filtered");
                continue;
            }
            chi += Math.Pow(counts[i] - Draws * expected[i], 2) / (Draws * expected[i]);
            cells++;
        }
        // 99.99 % point of chi-square with 7 degrees of freedom; fewer cells only make it safer.
        Assert.True(chi < 29.9, $"{name}: chi-square {chi:F1} over {cells} cells");
    }

    public static TheoryData<string, SamplingParameters, double[]> Distributions()
    {
        SamplingParameters p = new();
        return new TheoryData<string, SamplingParameters, double[]>
        {
            { "plain", p, Softmax(Logits, 1, _ => true) },
            { "temperature", p with { Temperature = 0.6f }, Softmax(Logits, 0.6, _ => true) },
            { "top-k", p with { TopK = 3 }, Softmax(Logits, 1, i => i is 2 or 0 or 6) },
            { "top-p", p with { TopP = 0.7f }, Softmax(Logits, 1, i => i is 2 or 0 or 6) },
            { "min-p", p with { MinP = 0.3f }, Softmax(Logits, 1, i => i is 2 or 0 or 6) },
            { "top-k, top-p", p with { TopK = 5, TopP = 0.5f, Temperature = 1.4f }, Softmax(Logits, 1.4, i => i is 2 or 0) },
            { "bias", p with { LogitBias = new Dictionary<int, float> { [5] = 3f, [2] = -100f } }, Softmax(Changed((5, 3f), (2, -100f)), 1, i => i != 2) },
            { "presence", p with { PresencePenalty = 1f, FrequencyPenalty = 0.5f }, Softmax(Changed((3, -1.5f), (6, -1.5f)), 1, _ => true) },
            { "repetition", p with { RepetitionPenalty = 2f }, Softmax(Changed((3, -0.05f), (6, -0.55f)), 1, _ => true) },
        };
    }

    [Fact]
    public void A_frequency_penalty_counts_occurrences_and_leaves_no_trace()
    {
        TokenSampler sampler = new(4);
        SamplingParameters p = SamplingParameters.Greedy with { FrequencyPenalty = 1f };
        Assert.Equal(1, sampler.Sample(new float[] { 5, 3.5f, 0, 0 }, p, [2, 0, 0], 1, 0, 0, out _));
        Assert.Equal(0, sampler.Sample(new float[] { 5, 3.5f, 0, 0 }, p, [2, 0], 1, 0, 0, out _));
    }

    [Fact]
    public void Last_bits_of_logits_do_not_change_a_draw()
    {
        TokenSampler sampler = new(64);
        Random random = new(11);
        SamplingParameters p = new();
        int changed = 0;
        for (ulong seed = 0; seed < 2000; seed++)
        {
            // Pairs of nearly equal logits: an order by value would depend on the last bits.
            float[] logits = [.. Enumerable.Range(0, 64).Select(_ => random.Next(8) + random.NextSingle() * 1e-5f)];
            float[] noisy = [.. logits.Select(x => x + (random.NextSingle() - 0.5f) * 1e-6f)];
            int a = sampler.Sample(logits, p, [1], 1, seed, 0, out _);
            if (a != sampler.Sample(noisy, p, [1], 1, seed, 0, out _)) changed++;
        }
        Assert.InRange(changed, 0, 2);
    }

    [Fact]
    public void Logprobs_are_the_models_own_and_sorted()
    {
        SamplingParameters p = SamplingParameters.Greedy with { Logprobs = 3, LogitBias = new Dictionary<int, float> { [5] = 50 } };
        int token = new TokenSampler(Logits.Length).Sample(Logits.ToArray(), p, [1], 1, 0, 0, out TokenLogprobs? logprobs);
        double[] expected = Softmax(Logits, 1, _ => true);
        Assert.Equal(5, token);
        Assert.Equal(Math.Log(expected[5]), logprobs!.Logprob, 5);
        Assert.Equal([2, 0, 6], logprobs.Top.Select(t => t.TokenId));
        Assert.Equal(Math.Log(expected[2]), logprobs.Top[0].Logprob, 5);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Unusable_logits_are_told(float bad)
    {
        for (int at = 0; at < 40; at++)
        {
            float[] logits = new float[40];
            logits[at] = bad;
            Assert.Equal(-1, new TokenSampler(40).Sample(logits, SamplingParameters.Greedy, [1], 1, 0, 0, out _));
        }
        Assert.Equal(-1, new TokenSampler(3).Sample(new[] { float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity },
            SamplingParameters.Greedy, [1], 1, 0, 0, out _));
    }

    [Fact]
    public void The_k_largest_are_the_sorted_ones()
        => Gen.Select(Gen.Int[-5, 5].Array[1, 90], Gen.Int[1, 90]).Sample((values, k) =>
        {
            TopSelection top = new();
            float[] row = [.. values.Select(v => (float)v)];
            int[] expected = [.. Enumerable.Range(0, row.Length).OrderByDescending(i => row[i]).ThenBy(i => i).Take(k)];
            top.Select(row, k);
            return expected.SequenceEqual(top.Ids.ToArray())
                && (k >= row.Length || top.Threshold(row, k) == row[expected[^1]]);
        }, iter: 3000);

    [Fact]
    public void The_largest_is_found_wherever_it_is()
        => Gen.Float[-100f, 100f].Array[1, 100].Sample(row => LogitVectors.Max(row) == row.Max(), iter: 2000);

    private static float[] Changed(params (int Token, float By)[] changes)
    {
        float[] changed = [.. Logits];
        foreach ((int token, float by) in changes) changed[token] += by;
        return changed;
    }

    private static double[] Softmax(float[] logits, double temperature, Func<int, bool> keep)
    {
        double[] weights = [.. logits.Select((x, i) => keep(i) ? Math.Exp(x / temperature) : 0)];
        return [.. weights.Select(w => w / weights.Sum())];
    }
}
