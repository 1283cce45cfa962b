using System.Globalization;
using StreamInference.Llm.Streams;
using StreamInference.Runners;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Llm.Tests.Streams;

public sealed class CancellationTests
{
    private const string Long = """{"id":"mine","prompt":"tell me","max_tokens":700,"temperature":0}""";

    [Fact]
    public async Task A_running_request_ends_with_what_it_had()
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        bench.Append([Long]);
        bench.Assign();
        for (int i = 0; i < 20; i++) bench.Step();
        bench.Runner.Cancel(new RequestCancellation("mine", bench.Now));
        bench.RunUntilCommitted(1);
        Answer answer = StreamBench.Read(sink)[0];
        Assert.Equal("cancelled", answer.FinishReason);
        Assert.InRange(answer.Tokens.Count, 1, 100);
        Assert.Empty(answer.DeadLetters);
        Assert.Empty(sink.Progress);
    }

    [Theory]
    [InlineData("mine")]
    [InlineData("prompts/0/0")]
    public async Task A_request_that_is_cancelled_before_it_is_read_ends_when_it_comes(string id)
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        bench.Runner.Cancel(new RequestCancellation(id, bench.Now));
        bench.Step();
        bench.Append([Long, """{"id":"other","prompt":"x","max_tokens":2,"temperature":0}"""]);
        bench.Assign();
        bench.RunUntilCommitted(2);
        Assert.Equal(("cancelled", 0), (StreamBench.Read(sink)[0].FinishReason, StreamBench.Read(sink)[0].Tokens.Count));
        Assert.Equal("length", StreamBench.Read(sink)[1].FinishReason);
    }

    [Fact]
    public async Task A_cancellation_holds_after_a_crash()
    {
        ScriptedSink sink = new();
        int committed;
        await using (StreamBench bench = new(sink))
        {
            bench.Append([Long]);
            bench.Assign();
            for (int i = 0; i < 20; i++) bench.Step();
            committed = StreamBench.Read(sink)[0].Tokens.Count;
            // The cancellation was said, the worker died before it could commit the end.
        }

        Assert.InRange(committed, 1, 100);
        sink.Forget();
        await using StreamBench second = new(sink);
        second.Runner.Cancel(new RequestCancellation("mine", second.Now));
        second.Append([Long]);
        second.Assign();
        second.RunUntilCommitted(1);
        Answer answer = StreamBench.Read(sink)[0];
        Assert.Equal(("cancelled", committed), (answer.FinishReason, answer.Tokens.Count));
        Assert.Empty(sink.Progress);
    }

    [Theory]
    [InlineData(9, "cancelled")]
    [InlineData(11, "length")]
    public async Task A_later_request_with_the_same_id_is_another_one(int secondsLater, string finish)
    {
        ScriptedSink sink = new();
        await using StreamBench bench = new(sink);
        bench.Runner.Cancel(new RequestCancellation("mine", bench.Now));
        bench.Step();
        MemoryRecord request = MemoryRecord.Of("key", """{"id":"mine","prompt":"x","max_tokens":2,"temperature":0}""") with { Timestamp = bench.Now + (secondsLater * 1000) };
        bench.Source.Append(StreamBench.Topic, 0, request);
        bench.Assign();
        bench.RunUntilCommitted(1);
        Assert.Equal(finish, StreamBench.Read(sink)[0].FinishReason);
    }

    [Fact]
    public void Of_many_cancellations_the_latest_are_remembered()
    {
        RecentCancellations recent = new(capacity: 3);
        int said = 1000;
        foreach (int i in new[] { 0, 1, 2, 0, 3 }) recent.Add(new RequestCancellation(i.ToString(CultureInfo.InvariantCulture), said++));
        Assert.Equal([true, false, true, true], Enumerable.Range(0, 4).Select(i => recent.Covers(i.ToString(CultureInfo.InvariantCulture), 1000)));
        Assert.True(recent.Covers("3", -1));
        Assert.False(recent.Covers("3", 1004 + 10_001));
    }
}
