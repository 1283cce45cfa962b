using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Streams;
using StreamInference.Llm.Tests.Doubles;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Llm.Tests.Streams;

public sealed class AnswerBatchTests
{
    private static readonly string[] Requests =
    [
        """{"id":"long","prompt":"tell me another","max_tokens":300,"temperature":0}""",
        """{"id":"short","prompt":"tell me a story","max_tokens":4,"temperature":0}""",
        """{"id":"sampled","prompt":"sampled","max_tokens":33,"temperature":1,"seed":7}""",
        """{"id":"stops","prompt":"stops","max_tokens":300,"temperature":0,"stop":["ab","xy"]}""",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_has_one_result_with_the_tokens_of_its_stream_in_the_order_of_the_batch()
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        bench.Append(Requests);
        bench.Assign();
        bench.RunUntilCommitted(Requests.Length);
        Dictionary<long, Answer> streamed = StreamBench.Read(sink);

        await using AnswerBatchRunner runner = Runner();
        Assert.True(runner.TrySubmit(Batch(Requests)));
        ResultBatch results = await runner.Results.ReadAsync(Cancellation);
        Assert.Equal(Requests.Length, results.Count);
        for (int row = 0; row < Requests.Length; row++)
        {
            Assert.Equal(row, results.Results[row].Record.Offset);
            using JsonDocument answer = JsonDocument.Parse(results.ValueOf(results.Results[row]).ToArray());
            Assert.Equal(streamed[row].Tokens, answer.RootElement.GetProperty("token_ids").EnumerateArray().Select(token => token.GetInt32()));
            Assert.Equal(streamed[row].Text, answer.RootElement.GetProperty("text").GetString());
            Assert.Equal(streamed[row].FinishReason, answer.RootElement.GetProperty("finish_reason").GetString());
            Assert.Equal(streamed[row].CompletionTokens, answer.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
            Assert.False(answer.RootElement.TryGetProperty("timings", out _));
        }
    }

    [Fact]
    public async Task A_request_that_is_none_fails_at_its_place_and_batches_come_back_in_their_order()
    {
        await using AnswerBatchRunner runner = Runner();
        Assert.True(runner.TrySubmit(Batch([Requests[0], "broken", Requests[1]])));
        MicroBatch second = Batch([Requests[1]]);
        while (!runner.TrySubmit(second)) await Task.Yield();
        ResultBatch first = await runner.Results.ReadAsync(Cancellation);
        Assert.Equal([null, RecordErrorCodes.MalformedJson, null], first.Results.ToArray().Select(result => result.Error?.Code));
        Assert.Same(second, (await runner.Results.ReadAsync(Cancellation)).Source);
    }

    [Fact]
    public async Task What_nobody_wants_any_more_comes_back_without_its_end()
    {
        await using AnswerBatchRunner runner = Runner();
        MicroBatch batch = Batch(["""{"prompt":"x","max_tokens":1000000,"temperature":0,"ignore_eos":true}"""]);
        batch.Records[0].Assignment.Deactivate();
        Assert.True(runner.TrySubmit(batch));
        Assert.Same(batch, (await runner.Results.ReadAsync(Cancellation)).Source);
    }

    private static AnswerBatchRunner Runner()
    {
        FakeTimeProvider time = new();
        LlmEngine engine = new(new FakeExecutor(EngineHarness.Slots(sequences: 4, blocks: 512), maxLength: 1200), new LetterCodec(), new LlmEngineOptions(), time);
        return new AnswerBatchRunner(engine, new ModelIdentity("fake", 1), new TokenStreamOptions(), null, time);
    }

    private static MicroBatch Batch(string[] requests)
    {
        MicroBatch batch = new();
        for (int row = 0; row < requests.Length; row++) batch.Add(MemoryRecord.Of("key", requests[row]).Alone(row), 0);
        return batch;
    }
}
