using StreamInference.Llm.Engine;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Tests.Doubles;

namespace StreamInference.Llm.Tests.Engine;

public class EngineFaultTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failed_step_leaves_no_trace_and_changes_no_token(bool shares)
    {
        KvCacheLayout layout = EngineHarness.Slots(sequences: 3) with { SharesBlocks = shares };
        EngineHarness harness = new(layout, new LlmEngineOptions { MaxBatchedTokens = 12 });
        int compared = 0;
        for (int call = 2; call < 60; call += 5) harness.Executor.FailingCalls.Add(call);
        GenerationRequest[] requests = [.. Enumerable.Range(0, 6).Select(i => EngineHarness.Request(i, EngineHarness.Prompt(5 + 3 * i, i), 9))];
        foreach (GenerationRequest request in requests) harness.Submit(request);
        while (harness.Core.HasWork)
        {
            EngineSnapshot before = harness.Core.Snapshot();
            int failures = harness.Executor.Failures, outputs = harness.Outputs.Count;
            harness.Step();
            if (harness.Executor.Failures == failures || harness.Outputs.Count > outputs) continue;
            AssertSame(before, harness.Core.Snapshot());
            compared++;
        }
        Assert.True(compared > 3, "no step failed");
        foreach (GenerationRequest request in requests.Where(r => harness.EndOf(r.Id).FinishReason != FinishReason.Error))
            Assert.Equal(EngineHarness.Alone(request).TokensOf(request.Id), harness.TokensOf(request.Id));
    }

    [Fact]
    public void A_request_that_fails_alone_fails_and_the_others_go_on()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 4));
        harness.Executor.PoisonToken = 39;
        GenerationRequest[] good = [.. Enumerable.Range(0, 3).Select(i => EngineHarness.Request(i, EngineHarness.Prompt(8, i), 6))];
        foreach (GenerationRequest request in good) harness.Submit(request);
        harness.Submit(EngineHarness.Request(9, [1, 39, 2], 6));
        harness.RunToEnd();
        Assert.True(harness.Executor.Failures >= 2);
        GenerationOutput end = harness.EndOf(9);
        Assert.Equal(FinishReason.Error, end.FinishReason);
        Assert.Equal(GenerationErrorCodes.ExecutionFailed, end.Error!.Code);
        foreach (GenerationRequest request in good)
        {
            GenerationRequest isolated = request;
            EngineHarness alone = EngineHarness.Alone(isolated);
            if (!alone.TokensOf(request.Id).Contains(39)) Assert.Equal(alone.TokensOf(request.Id), harness.TokensOf(request.Id));
        }
    }

    [Fact]
    public void NaN_logits_fail_their_request_alone()
    {
        EngineHarness harness = new(EngineHarness.Paged(sequences: 4));
        harness.Executor.NaNToken = 39;
        harness.Submit(EngineHarness.Request(1, [3, 4, 5], 3));
        harness.Submit(EngineHarness.Request(2, [3, 39, 5], 3));
        harness.RunToEnd();
        Assert.Equal(GenerationErrorCodes.InvalidLogits, harness.EndOf(2).Error!.Code);
        Assert.Equal(FinishReason.Length, harness.EndOf(1).FinishReason);
        Assert.Equal(EngineHarness.Alone(EngineHarness.Request(1, [3, 4, 5], 3)).TokensOf(1), harness.TokensOf(1));
    }

    [Fact]
    public void A_fatal_executor_answers_every_request_and_takes_no_more()
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 2));
        harness.Executor.FailingCalls.Add(2);
        harness.Executor.Failure = ExecutionOutcome.Fatal;
        for (int i = 0; i < 5; i++) harness.Submit(EngineHarness.Request(i, EngineHarness.Prompt(6, i), 6));
        harness.RunToEnd();
        harness.Submit(EngineHarness.Request(7, [1], 6));
        Assert.Equal(1, harness.Executor.Failures);
        Assert.Equal(6, harness.Outputs.Count(o => o.IsFinal && o.Error?.Code == GenerationErrorCodes.EngineFailed));
    }

    [Fact]
    public void Bad_requests_are_answered_with_a_code_and_touch_nobody()
    {
        EngineHarness harness = new(EngineHarness.Slots(), new LlmEngineOptions { MaxPromptCharacters = 100 }, maxLength: 32);
        GenerationRequest good = EngineHarness.Request(100, EngineHarness.Prompt(5), 20);
        harness.Submit(good);
        harness.Step();
        (GenerationRequest Request, string Code)[] cases =
        [
            (new() { Id = 1 }, GenerationErrorCodes.EmptyPrompt),
            (new() { Id = 2, PromptTokens = EngineHarness.Prompt(32) }, GenerationErrorCodes.PromptTooLong),
            (new() { Id = 3, Prompt = new string('a', 101) }, GenerationErrorCodes.PromptTooLong),
            (new() { Id = 4, Prompt = "a\uD800b" }, GenerationErrorCodes.InvalidText),
            (new() { Id = 5, PromptTokens = new[] { 1, 40 } }, GenerationErrorCodes.UnknownToken),
            (new() { Id = 6, PromptTokens = new[] { -1 } }, GenerationErrorCodes.UnknownToken),
            (new() { Id = 7, PromptTokens = new[] { 1 }, ResumeTokens = [new[] { 99 }] }, GenerationErrorCodes.UnknownToken),
            (new() { Id = 8, PromptTokens = new[] { 1 }, ResumeTokens = [EngineHarness.Prompt(32)] }, GenerationErrorCodes.PromptTooLong),
            (new() { Id = 9, PromptTokens = new[] { 1 }, Sampling = new() { Temperature = float.NaN, TopP = 0, Choices = 0 } },
                GenerationErrorCodes.InvalidParameter),
            (new() { Id = 10, PromptTokens = new[] { 1 }, Sampling = new() { Stop = [""], LogitBias = new Dictionary<int, float> { [77] = 1 } } },
                GenerationErrorCodes.InvalidParameter),
            (good, GenerationErrorCodes.DuplicateRequest),
        ];
        foreach ((GenerationRequest request, string code) in cases)
        {
            harness.Submit(request);
            GenerationOutput output = harness.Outputs[^1];
            Assert.Equal((request.Id, code, true), (output.RequestId, output.Error!.Code, output.IsFinal));
        }
        Assert.Contains("temperature", harness.Outputs.Single(o => o.RequestId == 9).Error!.Detail, StringComparison.Ordinal);
        Assert.Contains("top_p", harness.Outputs.Single(o => o.RequestId == 9).Error!.Detail, StringComparison.Ordinal);
        harness.RunToEnd();
        Assert.Equal(20, harness.TokensOf(100).Count);
    }

    private static void AssertSame(EngineSnapshot a, EngineSnapshot b)
    {
        Assert.Equal(a.FreeBlocks, b.FreeBlocks);
        Assert.Equal(a.CachedBlocks, b.CachedBlocks);
        Assert.Equal(a.Holders, b.Holders);
        Assert.Equal(Texts(a.Running), Texts(b.Running));
        Assert.Equal(Texts(a.Waiting), Texts(b.Waiting));
    }

    private static IEnumerable<string> Texts(IEnumerable<EngineSnapshot.SequenceView> views)
        => views.Select(v => $"{v with { Blocks = [] }} {string.Join(',', v.Blocks)}");
}
