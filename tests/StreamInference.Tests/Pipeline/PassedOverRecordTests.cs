using StreamInference.Commit;
using StreamInference.Pipeline;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

public sealed class PassedOverRecordTests
{
    private static readonly PipelineWorkerOptions Declines = new()
    {
        Pipeline = "test",
        MaxPollWait = TimeSpan.Zero,
        Where = [FieldCondition.Parse("/decision=decline"), FieldCondition.Parse("/score>0.5")],
    };

    [Fact]
    public void Only_records_that_fulfil_every_condition_are_scored_and_all_offsets_are_committed()
    {
        using WorkerBench bench = new(Declines);
        bench.Assign(0);
        Append(bench, """{"decision":"approve","score":0.9}""", """{"decision":"decline","score":0.9}""", """{"decision":"decline","score":0.1}""", """{"score":0.9}""");
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass(2);
        Assert.Equal([1L], bench.Sink.Visible.Select(result => result.Offset));
        Assert.Equal(4, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
    }

    [Fact]
    public void A_record_that_is_no_JSON_is_for_the_model_to_refuse()
    {
        using WorkerBench bench = new(Declines);
        bench.Assign(0);
        Append(bench, "not json");
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass();
        Assert.Single(bench.Sink.Visible);
    }

    [Fact]
    public void Records_that_are_all_passed_over_cost_few_transactions()
    {
        using WorkerBench bench = new(Declines with { Commit = new CommitPolicy(TimeSpan.Zero) });
        bench.Assign(0);
        for (int i = 0; i < 100; i++)
        {
            Append(bench, """{"decision":"approve"}""");
            bench.Pass();
            bench.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Pass();
        Assert.Empty(bench.Sink.Visible);
        Assert.Equal(100, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
        Assert.InRange(bench.Sink.Transactions, 2, 15);
    }

    [Fact]
    public void A_record_that_is_passed_over_behind_an_open_one_waits_for_it()
    {
        using WorkerBench bench = new(Declines);
        bench.Assign(0);
        Append(bench, """{"decision":"decline","score":1}""", """{"decision":"approve"}""");
        bench.Pass();
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Pass();
        Assert.Equal(0, bench.Sink.Transactions);
        bench.Runner.CompleteAll();
        bench.Pass(2);
        Assert.Equal(2, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
    }

    [Fact]
    public void A_record_that_an_earlier_owner_began_is_never_passed_over()
    {
        using WorkerBench bench = new(Declines with { Streams = true });
        bench.Source.Restores = _ => new RestoredProgress([new RequestProgress(0, new Dictionary<int, byte[]> { [0] = [ProgressState.Running] }, IsDone: false)]);
        bench.Assign(0);
        Append(bench, """{"decision":"approve"}""", """{"decision":"approve"}""");
        bench.Pass();
        Assert.Equal([0L], bench.Runner.InFlight.SelectMany(batch => batch.Records.ToArray()).Select(record => record.Offset));
    }

    private static void Append(WorkerBench bench, params string[] values)
    {
        foreach (string value in values) bench.Source.Append(WorkerBench.Topic, 0, MemoryRecord.Of("k", value));
    }
}
