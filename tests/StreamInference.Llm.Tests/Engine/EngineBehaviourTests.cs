using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;
using StreamInference.Llm.Tests.Doubles;

namespace StreamInference.Llm.Tests.Engine;

public class EngineBehaviourTests
{
    [Fact]
    public void A_request_joins_at_the_next_step_and_leaves_at_once()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 2));
        harness.Submit(EngineHarness.Request(1, EngineHarness.Prompt(6), 10));
        harness.Step();
        harness.Submit(EngineHarness.Request(2, EngineHarness.Prompt(3, 1), 2));
        harness.Step();
        Assert.Equal((1, 3), (harness.Core.LastStep.DecodeRows, harness.Core.LastStep.PromptTokens));
        harness.Step();
        Assert.Equal(1, harness.Core.LastStep.Running);
        Assert.True(harness.EndOf(2).IsFinal);
    }

    [Fact]
    public void Prompt_chunks_respect_the_token_budget_and_do_not_stall_decoding()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 4), new LlmEngineOptions { MaxBatchedTokens = 16 });
        harness.Submit(EngineHarness.Request(1, EngineHarness.Prompt(4), 30));
        harness.Step();
        harness.Submit(EngineHarness.Request(2, EngineHarness.Prompt(200, 1), 4));
        for (int i = 0; i < 10; i++)
        {
            harness.Step();
            Assert.Equal(1, harness.Core.LastStep.DecodeRows);
        }
        harness.RunToEnd();
        Assert.True(harness.Executor.LargestStep <= 16);
        Assert.Equal(4, harness.TokensOf(2).Count);
    }

    [Fact]
    public void A_cancelled_request_frees_its_memory_and_answers_once()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 1), new LlmEngineOptions { PrefixCaching = false });
        harness.Submit(EngineHarness.Request(1, EngineHarness.Prompt(6), 50));
        harness.Submit(EngineHarness.Request(2, EngineHarness.Prompt(6, 1), 50));
        harness.Step();
        harness.Core.Cancel(1);
        harness.Core.Cancel(2);
        harness.Core.Cancel(3);
        Assert.False(harness.Core.HasWork);
        Assert.Equal(256, harness.Core.Snapshot().FreeBlocks);
        Assert.Equal(FinishReason.Cancelled, harness.EndOf(1).FinishReason);
        Assert.Equal(FinishReason.Cancelled, harness.EndOf(2).FinishReason);
    }

    [Fact]
    public void A_deadline_ends_running_and_waiting_requests()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 1));
        DateTimeOffset soon = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(1);
        harness.Submit(EngineHarness.Request(1, EngineHarness.Prompt(6), 50) with { Deadline = soon });
        harness.Submit(EngineHarness.Request(2, EngineHarness.Prompt(6, 1), 50) with { Deadline = soon });
        harness.Step();
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        harness.Step();
        Assert.Equal(FinishReason.DeadlineExceeded, harness.EndOf(1).FinishReason);
        Assert.Equal(FinishReason.DeadlineExceeded, harness.EndOf(2).FinishReason);
        Assert.Equal(1, harness.EndOf(1).Usage.CompletionTokens);
    }

    [Theory]
    [InlineData(false, FinishReason.Stop)]
    [InlineData(true, FinishReason.Length)]
    public void An_end_token_stops_unless_ignored(bool ignore, FinishReason expected)
    {
        GenerationRequest request = EngineHarness.Request(1, EngineHarness.Prompt(6), 200, SamplingParameters.Greedy with { IgnoreEos = ignore });
        int eos = EngineHarness.Alone(request with { Sampling = request.Sampling with { IgnoreEos = true } }).TokensOf(1)[3];
        EngineHarness harness = EngineHarness.Alone(request, eos: eos);
        Assert.Equal(expected, harness.EndOf(1).FinishReason);
        if (!ignore) Assert.Equal(eos, harness.TokensOf(1)[^1]);
    }

    [Fact]
    public void A_stop_string_across_tokens_ends_the_text_before_it()
    {
        GenerationRequest request = EngineHarness.Request(1, EngineHarness.Prompt(6), 30);
        string text = EngineHarness.Alone(request).TextOf(1);
        string stop = text.Substring(9, 3);
        int at = text.IndexOf(stop, StringComparison.Ordinal);
        EngineHarness harness = EngineHarness.Alone(request with { Sampling = request.Sampling with { Stop = [stop] } });
        Assert.Equal(text[..at], harness.TextOf(1));
        Assert.Equal(FinishReason.Stop, harness.EndOf(1).FinishReason);
        Assert.True(harness.TokensOf(1).Count < 30);
    }

    [Fact]
    public void A_higher_priority_preempts_when_memory_is_taken()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 1));
        GenerationRequest low = EngineHarness.Request(1, EngineHarness.Prompt(6), 20), high = EngineHarness.Request(2, EngineHarness.Prompt(5, 2), 3);
        harness.Submit(low);
        harness.Step();
        harness.Submit(high with { Priority = 5 });
        harness.RunToEnd();
        Assert.Equal(1, harness.Preemptions);
        int lowEnd = harness.Outputs.FindIndex(o => o.RequestId == 1 && o.IsFinal), highEnd = harness.Outputs.FindIndex(o => o.RequestId == 2 && o.IsFinal);
        Assert.True(highEnd < lowEnd);
        Assert.Equal(EngineHarness.Alone(low).TokensOf(1), harness.TokensOf(1));
    }

    [Fact]
    public void An_old_request_is_not_starved_by_a_stream_of_higher_priority()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 1), new LlmEngineOptions { AgingInterval = TimeSpan.FromSeconds(1) });
        harness.Submit(EngineHarness.Request(1, EngineHarness.Prompt(6), 8));
        int id = 2;
        while (!harness.Outputs.Any(o => o.RequestId == 1 && o.IsFinal))
        {
            Assert.True(id < 200, "starved");
            while (harness.Core.Waiting.Count < 3) harness.Submit(EngineHarness.Request(id++, EngineHarness.Prompt(4, id), 4) with { Priority = 3 });
            harness.Step();
            harness.Time.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    [Fact]
    public void Keys_share_the_engine_evenly()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 2), new LlmEngineOptions { PrefixCaching = false });
        for (int i = 0; i < 40; i++) harness.Submit(EngineHarness.Request(i, EngineHarness.Prompt(10, i), 10) with { FairnessKey = "many" });
        for (int i = 100; i < 104; i++) harness.Submit(EngineHarness.Request(i, EngineHarness.Prompt(10, i), 10) with { FairnessKey = "few" });
        harness.RunToEnd();
        List<long> order = [.. harness.Outputs.Where(o => o.IsFinal).Select(o => o.RequestId)];
        Assert.True(order.FindLastIndex(id => id >= 100) < 10, string.Join(' ', order));
    }

    [Fact]
    public void Admission_never_exceeds_memory_and_stays_short_of_preempting_at_once()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 8, blocks: 12), new LlmEngineOptions { PrefixCaching = false });
        for (int i = 0; i < 8; i++) harness.Submit(EngineHarness.Request(i, EngineHarness.Prompt(11, i), 2));
        harness.Step();
        Assert.Equal(0, harness.Preemptions);
        Assert.InRange(harness.Core.LastStep.Running, 2, 3);
        harness.RunToEnd();
        Assert.Equal(8, harness.Outputs.Count(o => o.IsFinal));
    }

    [Fact]
    public void Timings_follow_the_clock()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 1));
        harness.Submit(EngineHarness.Request(1, EngineHarness.Prompt(6), 2));
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        harness.Executor.OnExecute = _ => harness.Time.Advance(TimeSpan.FromSeconds(2));
        harness.RunToEnd();
        Assert.Equal(new GenerationTimings(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5)), harness.EndOf(1).Timings);
    }
}
