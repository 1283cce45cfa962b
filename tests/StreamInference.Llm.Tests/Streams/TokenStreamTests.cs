using System.Text;
using CsCheck;
using StreamInference.Commit;
using StreamInference.Llm.Streams;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Llm.Tests.Streams;

public sealed class TokenStreamTests
{
    private static readonly string[] Requests =
    [
        """{"prompt":"tell me a story","max_tokens":40,"temperature":0}""",
        """{"prompt":"tell me another","max_tokens":700,"temperature":0}""",
        """{"prompt":"sampled","max_tokens":33,"temperature":1,"seed":7}""",
        """{"prompt":"sampled without a seed","max_tokens":25,"temperature":1.5,"top_k":12}""",
        """{"prompt":"stops","max_tokens":300,"temperature":0,"stop":["ab","xy"]}""",
        """{"prompt":"one","max_tokens":1,"temperature":0,"stream":true,"metadata":{"for":"a test"}}""",
    ];

    [Fact]
    public async Task Tokens_go_out_while_the_model_is_still_generating()
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        bench.Append(Requests[..1]);
        bench.Assign();
        for (int i = 0; i < 12; i++) bench.Step();
        Answer half = StreamBench.Read(sink)[0];
        Assert.Null(half.FinishReason);
        Assert.InRange(half.Tokens.Count, 1, 39);
        bench.RunUntilCommitted(1);
        Answer answer = StreamBench.Read(sink)[0];
        Assert.Equal("length", answer.FinishReason);
        Assert.Equal(40, answer.Tokens.Count);
        Assert.Equal(40, answer.CompletionTokens);
        Assert.Empty(sink.Progress);
    }

    [Fact]
    public async Task A_request_has_a_record_per_flush_and_not_per_token()
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink, new TokenStreamOptions { FlushInterval = TimeSpan.FromMilliseconds(100) });
        bench.Append([Requests[1]]);
        bench.Assign();
        bench.RunUntilCommitted(1);
        // A step is 10 ms here, so a flush holds about ten tokens.
        Assert.InRange(StreamBench.Read(sink)[0].Records, 60, 85);
    }

    [Fact]
    public async Task An_answer_survives_a_crash_at_any_point_unchanged()
    {
        Dictionary<long, Answer> undisturbed = await RunAsync(new Random(0), crashes: false);
        int crashes = 0;
        await Gen.Int[0, 1_000_000].SampleAsync(async seed =>
        {
            Dictionary<long, Answer> disturbed = await RunAsync(new Random(seed), crashes: true, () => Interlocked.Increment(ref crashes));
            Assert.Equal(undisturbed.Count, disturbed.Count);
            foreach ((long offset, Answer expected) in undisturbed)
            {
                Assert.Equal(expected.Tokens, disturbed[offset].Tokens);
                Assert.Equal(expected.Text, disturbed[offset].Text);
                Assert.Equal(expected.FinishReason, disturbed[offset].FinishReason);
            }
        }, iter: 25, threads: 2);
        Assert.True(crashes > 25, $"Only {crashes} crashes were injected.");
    }

    [Theory]
    [InlineData("""{"prompt":"x","model":"other"}""", RecordErrorCodes.UnknownModel)]
    [InlineData("""{"max_tokens":3}""", RecordErrorCodes.InvalidRequest)]
    [InlineData("""{"prompt":"x","messages":[]}""", RecordErrorCodes.InvalidRequest)]
    [InlineData("""{"prompt":"x","n":2}""", RecordErrorCodes.InvalidRequest)]
    [InlineData("""{"prompt":"x","temprature":0}""", RecordErrorCodes.InvalidRequest)]
    [InlineData("""{"prompt":7}""", RecordErrorCodes.WrongType)]
    [InlineData("""{"prompt":"x","stop":[1]}""", RecordErrorCodes.WrongType)]
    [InlineData("""{"prompt":"x","max_tokens":1e30}""", RecordErrorCodes.WrongType)]
    [InlineData("""{"prompt":""", RecordErrorCodes.MalformedJson)]
    [InlineData("", RecordErrorCodes.EmptyValue)]
    [InlineData(null, RecordErrorCodes.NullValue)]
    [InlineData("""{"prompt":"x","temperature":-1}""", "invalid_parameter")]
    [InlineData("""{"prompt":""}""", "empty_prompt")]
    public async Task A_bad_request_gets_a_final_error_and_a_dead_letter_and_stalls_nobody(string? request, string code)
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        bench.Append([Requests[0]]);
        bench.Source.Append(StreamBench.Topic, 0, MemoryRecord.Of("key", request));
        bench.Append([Requests[5]]);
        bench.Assign();
        bench.RunUntilCommitted(3);
        Dictionary<long, Answer> answers = StreamBench.Read(sink);
        Assert.Equal("error", answers[1].FinishReason);
        Assert.Equal(code, answers[1].ErrorCode);
        Assert.Equal([code], answers[1].DeadLetters);
        Assert.Equal(40, answers[0].Tokens.Count);
        Assert.Single(answers[2].Tokens);
        Assert.Empty(sink.Progress);
    }

    [Fact]
    public async Task A_prompt_that_makes_the_model_give_NaN_fails_alone()
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        bench.Executor.NaNToken = 'z' % 26;
        bench.Append(["""{"prompt":"z","max_tokens":5,"temperature":0}""", """{"prompt":"b","max_tokens":2,"temperature":0}"""]);
        bench.Assign();
        bench.RunUntilCommitted(2);
        Assert.Equal("invalid_logits", StreamBench.Read(sink)[0].ErrorCode);
        Assert.Equal("length", StreamBench.Read(sink)[1].FinishReason);
    }

    [Theory]
    [InlineData("""{"id":"mine","prompt":"FILL"}""", "mine")]
    [InlineData("""{"prompt":"FILL","id":"late"}""", "late")]
    [InlineData("""{"prompt":"FILL"}""", "prompts/0/1")]
    [InlineData("FILL", "prompts/0/1")]
    public async Task A_request_that_is_too_large_gets_a_final_error_under_its_own_id(string request, string id)
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink, new TokenStreamOptions { MaxRequestBytes = 1000 });
        bench.Append([Requests[0], request.Replace("FILL", new string('x', 2000), StringComparison.Ordinal), Requests[5]]);
        bench.Assign();
        bench.RunUntilCommitted(3);
        Dictionary<long, Answer> answers = StreamBench.Read(sink);
        Assert.Equal(("error", RecordErrorCodes.RecordTooLarge, id), (answers[1].FinishReason, answers[1].ErrorCode, answers[1].Id));
        Assert.Equal([RecordErrorCodes.RecordTooLarge], answers[1].DeadLetters);
        Assert.Equal(("length", "length"), (answers[0].FinishReason, answers[2].FinishReason));
    }

    [Fact]
    public async Task A_deadline_header_is_honoured()
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        long deadline = bench.Time.GetUtcNow().AddMilliseconds(500).ToUnixTimeMilliseconds();
        MemoryRecord request = MemoryRecord.Of("key", Requests[1]) with { Headers = [(StreamHeaders.Deadline, Encoding.ASCII.GetBytes($"{deadline}"))] };
        bench.Source.Append(StreamBench.Topic, 0, request);
        bench.Assign();
        bench.RunUntilCommitted(1);
        Answer answer = StreamBench.Read(sink)[0];
        Assert.Equal("deadline_exceeded", answer.FinishReason);
        Assert.InRange(answer.Tokens.Count, 1, 100);
    }

    [Fact]
    public async Task A_request_finished_behind_a_slow_one_does_not_run_again()
    {
        ScriptedSink sink = new();
        await using (StreamBench bench = new(sink))
        {
            bench.Append([Requests[1], Requests[5]]);
            bench.Assign();
            for (int i = 0; i < 30; i++) bench.Step();
        }

        Assert.Equal("length", StreamBench.Read(sink)[1].FinishReason);
        Assert.Equal(0, sink.Offsets[(StreamBench.Topic, 0)]);
        await using StreamBench second = new(sink);
        second.Append([Requests[1], Requests[5]]);
        second.Assign();
        second.RunUntilCommitted(2);
        Assert.Single(StreamBench.Read(sink)[1].Tokens);
        Assert.Equal(1, StreamBench.Read(sink)[1].Records);
        Assert.Empty(sink.Progress);
    }

    private static async Task<Dictionary<long, Answer>> RunAsync(Random random, bool crashes, Action? onCrash = null)
    {
        ScriptedSink sink = new();
        for (int life = 0; ; life++)
        {
            await using StreamBench bench = new(sink, new TokenStreamOptions { FlushInterval = TimeSpan.FromMilliseconds(random.Next(5, 60)) });
            bench.Append(Requests);
            bench.Assign();
            int steps = crashes && life < 12 ? random.Next(1, 150) : 5000;
            WorkerStatus status = WorkerStatus.Running;
            for (int i = 0; i < steps && status == WorkerStatus.Running && sink.Offsets.GetValueOrDefault((StreamBench.Topic, 0)) < Requests.Length; i++)
            {
                if (crashes && random.Next(15) == 0) sink.Script.Enqueue(random.Next(3) == 0 ? CommitOutcome.Retry : CommitOutcome.Aborted);
                status = bench.Step();
            }

            sink.Script.Clear();
            if (sink.Offsets.GetValueOrDefault((StreamBench.Topic, 0)) == Requests.Length) return StreamBench.Read(sink);
            onCrash?.Invoke();
            sink.Forget();
        }
    }
}
