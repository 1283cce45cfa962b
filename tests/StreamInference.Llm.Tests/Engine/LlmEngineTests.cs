using StreamInference.Llm.Engine;
using StreamInference.Llm.Tests.Doubles;

namespace StreamInference.Llm.Tests.Engine;

public class LlmEngineTests
{
    [Fact]
    public async Task Requests_from_many_threads_all_end_while_the_loop_runs()
    {
        await using LlmEngine engine = new(new FakeExecutor(EngineHarness.Slots(sequences: 4)), new LetterCodec(), new LlmEngineOptions { OutputCapacity = 3 });
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task loop = engine.RunAsync(stop.Token);
        Task[] writers = [.. Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            for (int i = 0; i < 25; i++) Assert.True(engine.TrySubmit(EngineHarness.Request(t * 100 + i, EngineHarness.Prompt(5, i), 6)));
        }, stop.Token))];
        Dictionary<long, int> tokens = [];
        int finals = 0;
        while (finals < 100)
        {
            GenerationOutput output = await engine.Outputs.ReadAsync(stop.Token);
            int known = tokens.GetValueOrDefault(output.RequestId);
            Assert.Equal(known, output.FirstTokenIndex);
            tokens[output.RequestId] = known + output.TokenIds.Count;
            if (output.IsFinal) finals++;
        }
        await Task.WhenAll(writers);
        Assert.All(tokens.Values, count => Assert.Equal(6, count));
        Assert.Equal(0, engine.UnfinishedRequests);
        await stop.CancelAsync();
        await loop;
    }

    [Fact]
    public async Task A_full_engine_says_no_and_yes_again_when_one_has_ended()
    {
        await using LlmEngine engine = new(new FakeExecutor(EngineHarness.Slots()), new LetterCodec(), new LlmEngineOptions { MaxRequests = 2 });
        Assert.True(engine.TrySubmit(EngineHarness.Request(1, [1], 1)));
        Assert.True(engine.TrySubmit(EngineHarness.Request(2, [1], 3)));
        Assert.False(engine.TrySubmit(EngineHarness.Request(3, [1], 1)));
        Assert.True(engine.Step());
        Assert.True(engine.TrySubmit(EngineHarness.Request(3, [1], 1)));
        while (engine.Step()) { }
        Assert.Equal(0, engine.UnfinishedRequests);
    }

    [Fact]
    public async Task Full_outputs_pause_the_engine_and_lose_nothing()
    {
        FakeExecutor executor = new(EngineHarness.Slots());
        await using LlmEngine engine = new(executor, new LetterCodec(), new LlmEngineOptions { OutputCapacity = 2 });
        engine.TrySubmit(EngineHarness.Request(1, [1, 2], 8));
        engine.TrySubmit(EngineHarness.Request(2, [3, 2], 8));
        while (engine.Step()) { }
        int calls = executor.Calls;
        Assert.False(engine.Step());
        Assert.Equal(calls, executor.Calls);
        List<GenerationOutput> read = [];
        do
        {
            while (engine.Outputs.TryRead(out GenerationOutput? output)) read.Add(output);
        }
        while (engine.Step() || engine.Outputs.Count > 0);
        Assert.Equal(16, read.Sum(o => o.TokenIds.Count));
        Assert.Equal(2, read.Count(o => o.IsFinal));
    }

    [Fact]
    public async Task A_cancel_reaches_a_running_request_and_disposal_frees_the_executor()
    {
        FakeExecutor executor = new(EngineHarness.Slots());
        LlmEngine engine = new(executor, new LetterCodec());
        engine.TrySubmit(EngineHarness.Request(1, [1, 2], 100));
        engine.Step();
        engine.Cancel(1);
        engine.Step();
        await engine.DisposeAsync();
        await engine.DisposeAsync();
        Assert.True(executor.Disposed);
        Assert.False(engine.TrySubmit(EngineHarness.Request(2, [1], 1)));
        List<GenerationOutput> outputs = [];
        await foreach (GenerationOutput output in engine.Outputs.ReadAllAsync(TestContext.Current.CancellationToken)) outputs.Add(output);
        Assert.Equal(FinishReason.Cancelled, outputs[^1].FinishReason);
    }

    [Fact]
    public void Impossible_options_are_refused_all_at_once()
    {
        LlmEngineOptions options = new() { MaxBatchedTokens = 0, OutputCapacity = 0, MaxStepStretch = double.NaN };
        ArgumentException e = Assert.Throws<ArgumentException>(() => new LlmEngine(new FakeExecutor(EngineHarness.Slots()), new LetterCodec(), options));
        Assert.All(new[] { "MaxBatchedTokens", "OutputCapacity", "MaxStepStretch" }, name => Assert.Contains(name, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_decode_step_allocates_only_its_results()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 4, blockSize: 16));
        for (int i = 0; i < 4; i++) harness.Submit(EngineHarness.Request(i, EngineHarness.Prompt(6, i), 200));
        for (int i = 0; i < 40; i++) harness.Core.Step();
        harness.Outputs.Clear();
        harness.Outputs.EnsureCapacity(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) harness.Core.Step();
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(400, harness.Outputs.Count);
        // An output of one token: the object, its token list and its text; no more than that for each.
        Assert.True(bytes <= 400 * 300, $"{bytes / 400} bytes per output");
    }
}
