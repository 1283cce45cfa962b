using CsCheck;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Sampling;
using StreamInference.Llm.Tests.Doubles;

namespace StreamInference.Llm.Tests.Engine;

public class EngineEquivalenceTests
{
    private static readonly Gen<SamplingParameters> Sampling =
        Gen.Select(Gen.Int[0, 3], Gen.ULong, Gen.Float[0.5f, 1.5f], Gen.Int[0, 6], Gen.Float[0.6f, 1f], (kind, seed, temperature, k, p) => kind switch
        {
            0 => SamplingParameters.Greedy,
            1 => new SamplingParameters { Temperature = temperature, Seed = seed, TopK = k, TopP = p },
            2 => new SamplingParameters { Temperature = temperature, Seed = seed, MinP = 0.05f, RepetitionPenalty = 1.3f, FrequencyPenalty = 0.3f },
            _ => new SamplingParameters { Temperature = temperature, Seed = seed, Choices = 3, Stop = ["ab", "q"] },
        });

    private static readonly Gen<(GenerationRequest Request, int At)[]> Arrivals =
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 3], Gen.Int[1, 30], Sampling, Gen.Int[0, 25], Gen.Int[0, 2],
            (length, shape, maxTokens, sampling, at, priority) => (EngineHarness.Request(0, EngineHarness.Prompt(length, shape), maxTokens, sampling)
                with
            { Priority = priority, FairnessKey = "key" + shape }, at))
        .Array[1, 14];

    private static readonly Gen<KvCacheLayout> Layouts =
        Gen.Select(Gen.Bool, Gen.Int[1, 5], Gen.Int[18, 60], Gen.Int[2, 5], (shares, sequences, blocks, size) => new KvCacheLayout
        {
            BlockSize = size,
            BlockCount = blocks * 4 / size,
            MaxSequences = sequences,
            SharesBlocks = shares,
        });

    [Fact]
    public void Batched_preempted_and_cached_equal_isolated_over_random_arrivals()
    {
        int preemptions = 0, cached = 0;
        Gen.Select(Arrivals, Layouts, Gen.Int[6, 64], Gen.Bool).Sample((arrivals, layout, budget, caching) =>
        {
            EngineHarness harness = new(layout, new LlmEngineOptions { MaxBatchedTokens = budget, PrefixCaching = caching }, maxLength: 70);
            Run(harness, arrivals);
            for (int i = 0; i < arrivals.Length; i++) AssertEqualsIsolated(harness, arrivals[i].Request with { Id = i }, 70);
            Interlocked.Add(ref preemptions, harness.Preemptions);
            Interlocked.Add(ref cached, harness.Outputs.Sum(o => o.Usage.CachedTokens));
        }, iter: 300);
        Assert.True(preemptions > 0, "no schedule preempted");
        Assert.True(cached > 0, "no schedule used the prefix cache");
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.9f)]
    public void Resumed_from_any_token_equals_undisturbed(float temperature)
    {
        SamplingParameters sampling = new() { Temperature = temperature, Seed = 99, TopP = 0.9f, RepetitionPenalty = 1.2f, Stop = ["zz", "xyxy"] };
        GenerationRequest request = EngineHarness.Request(1, EngineHarness.Prompt(9), 40, sampling);
        EngineHarness whole = EngineHarness.Alone(request);
        int[] tokens = [.. whole.TokensOf(1)];
        for (int cut = 0; cut < tokens.Length; cut++)
        {
            EngineHarness resumed = EngineHarness.Alone(request with { ResumeTokens = [tokens.AsMemory(0, cut)] });
            Assert.Equal(tokens[cut..], resumed.TokensOf(1));
            Assert.Equal(cut, resumed.Outputs[0].FirstTokenIndex);
            string before = string.Concat(whole.Outputs.Take(cut).Select(o => o.TextDelta));
            Assert.Equal(whole.TextOf(1), before + resumed.TextOf(1));
            Assert.Equal(whole.EndOf(1).FinishReason, resumed.EndOf(1).FinishReason);
            Assert.Equal(whole.EndOf(1).Usage.CompletionTokens, resumed.EndOf(1).Usage.CompletionTokens);
        }
    }

    [Fact]
    public void A_request_whose_last_token_was_published_ends_without_another()
    {
        GenerationRequest request = EngineHarness.Request(1, EngineHarness.Prompt(9), 5);
        int[] tokens = [.. EngineHarness.Alone(request).TokensOf(1)];
        EngineHarness resumed = EngineHarness.Alone(request with { ResumeTokens = [tokens] });
        GenerationOutput end = Assert.Single(resumed.Outputs);
        Assert.Empty(end.TokenIds);
        Assert.True(end.IsFinal);
        Assert.Equal(FinishReason.Length, end.FinishReason);
        Assert.Equal(5, end.FirstTokenIndex);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_shared_prefix_is_computed_once_also_when_all_arrive_together(bool shares)
    {
        KvCacheLayout layout = EngineHarness.Slots(sequences: 8) with { SharesBlocks = shares };
        EngineHarness harness = new(layout, new LlmEngineOptions { MaxBatchedTokens = 32 });
        int[] prefix = EngineHarness.Prompt(100);
        GenerationRequest[] requests = [.. Enumerable.Range(0, 20).Select(i => EngineHarness.Request(i, [.. prefix, i, i + 1, i + 2], 4))];
        foreach (GenerationRequest request in requests) harness.Submit(request);
        harness.RunToEnd();
        Assert.True(harness.Executor.ComputedTokens < 103 + 20 * 8, $"{harness.Executor.ComputedTokens} tokens were computed");
        foreach (GenerationRequest request in requests) AssertEqualsIsolated(harness, request, 256);
        Assert.Equal(19, harness.Outputs.Count(o => o.IsFinal && o.Usage.CachedTokens == 100));
    }

    [Fact]
    public void Choices_of_a_seeded_request_differ_and_repeat()
    {
        GenerationRequest request = EngineHarness.Request(5, EngineHarness.Prompt(20), 10, new SamplingParameters { Choices = 4, Seed = 3 });
        EngineHarness first = new(EngineHarness.Slots()), second = new(EngineHarness.Paged());
        first.Submit(request);
        second.Submit(request);
        first.RunToEnd();
        second.RunToEnd();
        IReadOnlyList<int>[] choices = [.. Enumerable.Range(0, 4).Select(c => first.TokensOf(5, c))];
        Assert.Equal(4, choices.Select(c => string.Join(',', c)).Distinct().Count());
        for (int c = 0; c < 4; c++) Assert.Equal(choices[c], second.TokensOf(5, c));
        Assert.Single(first.Outputs, o => o.IsFinal);
        Assert.Equal(4, first.Outputs.Count(o => o.FinishReason is not null));
    }

    private static void Run(EngineHarness harness, (GenerationRequest Request, int At)[] arrivals)
    {
        for (int step = 0; step <= 25 || harness.Core.HasWork; step++)
        {
            Assert.True(step < 20_000, "the engine does not come to an end");
            for (int i = 0; i < arrivals.Length; i++)
                if (arrivals[i].At == step) harness.Submit(arrivals[i].Request with { Id = i });
            harness.Step();
            harness.Time.Advance(TimeSpan.FromMilliseconds(30));
        }
        harness.RunToEnd();
    }

    private static void AssertEqualsIsolated(EngineHarness harness, GenerationRequest request, int maxLength)
    {
        EngineHarness alone = EngineHarness.Alone(request, Math.Min(maxLength, harness.Core.Cache.MaxTokens));
        for (int choice = 0; choice < request.Sampling.Choices; choice++)
        {
            Assert.Equal(alone.TokensOf(request.Id, choice), harness.TokensOf(request.Id, choice));
            Assert.Equal(alone.TextOf(request.Id, choice), harness.TextOf(request.Id, choice));
            Assert.Equal(alone.EndOf(request.Id, choice).FinishReason, harness.EndOf(request.Id, choice).FinishReason);
        }
        Assert.Single(harness.Outputs, o => o.RequestId == request.Id && o.IsFinal);
    }
}
