using Microsoft.Extensions.Time.Testing;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Sampling;

namespace StreamInference.Llm.Tests.Doubles;

/// <summary>An engine core over the fake model, driven step by step with its invariants checked after each.</summary>
internal sealed class EngineHarness
{
    public EngineHarness(KvCacheLayout layout, LlmEngineOptions? options = null, int maxLength = 256, int eos = -1)
    {
        Executor = new FakeExecutor(layout, maxLength: maxLength, eos: eos);
        Core = new EngineCore(Executor, new LetterCodec(), options ?? new LlmEngineOptions(), Time, Outputs.Add);
    }

    public static KvCacheLayout Slots(int sequences = 4, int blocks = 256, int blockSize = 4)
        => new() { BlockSize = blockSize, BlockCount = blocks, MaxSequences = sequences };

    public static KvCacheLayout Paged(int sequences = 4, int blocks = 256, int blockSize = 4)
        => Slots(sequences, blocks, blockSize) with { SharesBlocks = true };

    public FakeTimeProvider Time { get; } = new();

    public FakeExecutor Executor { get; }

    public EngineCore Core { get; }

    public List<GenerationOutput> Outputs { get; } = [];

    public int Steps { get; private set; }

    public int Preemptions { get; private set; }

    public void Submit(GenerationRequest request) => Core.Submit(request, Time.GetTimestamp());

    public bool Step()
    {
        bool worked = Core.Step();
        Steps++;
        Preemptions += Core.LastStep.Preempted;
        Assert.Empty(EngineInvariants.Validate(Core.Snapshot()));
        return worked;
    }

    public void RunToEnd(int maxSteps = 20_000)
    {
        while (Core.HasWork)
        {
            Assert.True(Steps < maxSteps, "the engine does not come to an end");
            Step();
        }
        EngineSnapshot end = Core.Snapshot();
        Assert.Equal(end.Layout.BlockCount, end.FreeBlocks + end.CachedBlocks.Count);
    }

    public IReadOnlyList<int> TokensOf(long id, int choice = 0)
        => [.. Outputs.Where(o => o.RequestId == id && o.Choice == choice).SelectMany(o => o.TokenIds)];

    public string TextOf(long id, int choice = 0)
        => string.Concat(Outputs.Where(o => o.RequestId == id && o.Choice == choice).Select(o => o.TextDelta));

    public GenerationOutput EndOf(long id, int choice = 0)
        => Assert.Single(Outputs, o => o.RequestId == id && o.Choice == choice && o.FinishReason is not null);

    /// <summary>What a request gives when it has an engine of its own, without cache and with all memory.</summary>
    public static EngineHarness Alone(GenerationRequest request, int maxLength = 256, int eos = -1)
    {
        EngineHarness alone = new(Slots(sequences: 1, blocks: 4096), new LlmEngineOptions { PrefixCaching = false }, maxLength, eos);
        alone.Submit(request);
        alone.RunToEnd();
        return alone;
    }

    public static GenerationRequest Request(long id, int[] prompt, int maxTokens = 12, SamplingParameters? sampling = null)
        => new() { Id = id, PromptTokens = prompt, Sampling = (sampling ?? SamplingParameters.Greedy) with { MaxTokens = maxTokens } };

    public static int[] Prompt(int length, int seed = 0) => [.. Enumerable.Range(0, length).Select(i => (i * 7 + seed * 13 + i * i) % 38)];
}
