using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

public sealed class PipelineWorkerTests
{
    [Fact]
    public void Each_record_is_scored_and_committed_once_with_its_offset()
    {
        using WorkerBench bench = new();
        bench.Assign(0);
        bench.Append(0, 5);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass(2);
        Assert.Equal(["0:0", "0:1", "0:2", "0:3", "0:4"], bench.Sink.Visible.Select(result => result.Value));
        Assert.Equal(5, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
    }

    [Fact]
    public void An_idle_worker_commits_without_waiting_for_the_interval()
    {
        using WorkerBench bench = new();
        bench.Assign(0);
        bench.Append(0, 1);
        bench.Pass();
        Assert.Empty(bench.Sink.Visible);
        bench.Runner.CompleteAll();
        bench.Pass();
        Assert.Single(bench.Sink.Visible);
    }

    [Fact]
    public void A_busy_worker_commits_at_the_interval()
    {
        using WorkerBench bench = new(policy: new FixedBatchPolicy(1, TimeSpan.Zero));
        bench.Assign(0);
        bench.Append(0, 2);
        bench.Pass(2);
        bench.Runner.Complete(0);
        bench.Pass();
        Assert.Empty(bench.Sink.Visible);
        bench.Time.Advance(bench.Options.Commit.Interval);
        bench.Pass();
        Assert.Single(bench.Sink.Visible);
        Assert.Equal(1, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
    }

    [Fact]
    public void Results_behind_an_open_record_wait_for_it()
    {
        using WorkerBench bench = new(policy: new FixedBatchPolicy(1, TimeSpan.Zero));
        bench.Assign(0);
        bench.Append(0, 2);
        bench.Pass(2);
        bench.Runner.Complete(1);
        bench.Time.Advance(bench.Options.Commit.Interval);
        bench.Pass(3);
        Assert.Empty(bench.Sink.Visible);
        Assert.Empty(bench.Sink.Offsets);
        bench.Runner.CompleteAll();
        bench.Pass(2);
        Assert.Equal(2, bench.Sink.Visible.Count);
        Assert.Equal(2, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
    }

    [Fact]
    public void An_aborted_transaction_goes_out_again_without_inference()
    {
        using WorkerBench bench = new();
        bench.Sink.Script.Enqueue(CommitOutcome.Aborted);
        bench.Assign(0);
        bench.Append(0, 3);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass();
        Assert.Empty(bench.Sink.Visible);
        bench.Rest();
        bench.Pass();
        Assert.Equal(3, bench.Sink.Visible.Count);
        Assert.Equal([3], bench.Runner.SubmittedSizes);
    }

    [Fact]
    public void A_retry_repeats_the_same_request_and_reads_nothing_meanwhile()
    {
        using WorkerBench bench = new();
        for (int i = 0; i < 3; i++) bench.Sink.Script.Enqueue(CommitOutcome.Retry);
        bench.Assign(0);
        bench.Append(0, 3);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass();
        bench.Append(0, 4);
        bench.Pass(2);
        Assert.Equal([3], bench.Runner.SubmittedSizes);
        bench.Pass(3);
        Assert.Equal(3, bench.Sink.Visible.Count);
        bench.Runner.CompleteAll();
        bench.Rest();
        bench.Pass(2);
        Assert.Equal(7, bench.Sink.Visible.Count);
    }

    [Fact]
    public void A_revoke_does_not_wait_for_a_commit_that_a_broken_runner_leaves_undecided()
    {
        using WorkerBench bench = new();
        bench.Sink.Script.Enqueue(CommitOutcome.Retry);
        bench.Assign(0);
        bench.Append(0, 3);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass();
        Assert.Equal(1, bench.Sink.Calls);
        bench.Runner.Break(new InvalidOperationException("the device is gone"));

        // Time stands still: a wait for the revoke's limit would never end.
        bench.Source.Close();

        Assert.Equal(1, bench.Sink.Calls);
        Assert.Empty(bench.Worker.Assignments);
        Assert.Equal(WorkerStatus.Failed, bench.Pass());
    }

    [Fact]
    public void A_runner_that_is_about_to_tell_of_results_is_not_broken_by_a_worker_that_ends()
    {
        using WorkerBench bench = new();
        Action tell = bench.Runner.ResultsAvailable!;
        bench.Worker.Dispose();
        tell();
        Assert.Null(bench.Runner.ResultsAvailable);
    }

    [Theory]
    [InlineData(CommitOutcome.Fenced, WorkerStatus.Fenced)]
    [InlineData(CommitOutcome.Fatal, WorkerStatus.Failed)]
    public void A_fenced_or_fatal_commit_ends_the_worker(CommitOutcome outcome, WorkerStatus expected)
    {
        using WorkerBench bench = new();
        bench.Sink.Script.Enqueue(outcome);
        bench.Assign(0);
        bench.Append(0, 3);
        bench.Pass();
        bench.Runner.CompleteAll();
        Assert.Equal(expected, bench.Pass());
        Assert.True(bench.Worker.Drain());
        Assert.All(bench.Source.Leases, lease => Assert.True(lease.IsGivenBack));
        Assert.Empty(bench.Sink.Visible);
    }

    [Fact]
    public void A_revoke_commits_what_is_finished_and_drops_the_rest()
    {
        using WorkerBench bench = new(policy: new FixedBatchPolicy(1, TimeSpan.Zero));
        bench.Assign(0);
        bench.Append(0, 2);
        bench.Pass(2);
        bench.Runner.Complete(0);
        bench.Source.ScheduleRevoke(WorkerBench.Topic, 0);
        bench.Pass();
        Assert.Equal(["0:0"], bench.Sink.Visible.Select(result => result.Value));
        Assert.Equal(1, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
        bench.Runner.CompleteAll();
        bench.Pass(3);
        Assert.Single(bench.Sink.Visible);
    }

    [Fact]
    public void A_lost_partition_commits_nothing()
    {
        using WorkerBench bench = new();
        bench.Assign(0);
        bench.Append(0, 2);
        bench.Pass();
        bench.Source.ScheduleLost(WorkerBench.Topic, 0);
        bench.Runner.CompleteAll();
        bench.Pass(3);
        Assert.Empty(bench.Sink.Visible);
        Assert.Equal(0, bench.Worker.UncommittedRecords);
    }

    [Fact]
    public void A_partition_that_comes_back_starts_at_its_committed_offset_and_repeats_nothing()
    {
        using WorkerBench bench = new(policy: new FixedBatchPolicy(1, TimeSpan.Zero));
        bench.Assign(0);
        bench.Append(0, 2);
        bench.Pass(2);
        bench.Runner.Complete(0);
        bench.Source.ScheduleRevoke(WorkerBench.Topic, 0);
        bench.Pass();
        bench.Assign(0, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Rest();
        bench.Pass(2);
        Assert.Equal(["0:0", "0:1"], bench.Sink.Visible.Select(result => result.Value));
    }

    [Fact]
    public void A_full_runner_stops_the_reading_and_a_long_stall_pauses_the_partitions()
    {
        using WorkerBench bench = new(policy: new FixedBatchPolicy(2, TimeSpan.Zero), capacity: 1);
        bench.Assign(0);
        bench.Append(0, 10);
        bench.Pass(5);
        Assert.Equal([2], bench.Runner.SubmittedSizes);
        Assert.False(bench.Source.IsPaused);
        bench.Time.Advance(bench.Options.PauseAfter);
        bench.Pass();
        Assert.True(bench.Source.IsPaused);
        for (int i = 0; i < 10; i++)
        {
            bench.Runner.CompleteAll();
            bench.Rest();
            bench.Pass(2);
        }

        Assert.False(bench.Source.IsPaused);
        Assert.Equal(10, bench.Sink.Visible.Count);
    }

    [Fact]
    public void A_revoke_while_paused_is_served()
    {
        using WorkerBench bench = new(policy: new FixedBatchPolicy(2, TimeSpan.Zero), capacity: 1);
        bench.Assign(0);
        bench.Append(0, 10);
        bench.Pass(5);
        bench.Time.Advance(bench.Options.PauseAfter);
        bench.Pass();
        bench.Source.ScheduleRevoke(WorkerBench.Topic, 0);
        bench.Pass();
        Assert.Empty(bench.Worker.Assignments);
    }

    [Fact]
    public void A_record_over_the_limit_fails_without_reaching_the_model()
    {
        PipelineWorkerOptions options = new() { Pipeline = "test", MaxPollWait = TimeSpan.Zero, MaxRecordBytes = 3 };
        using WorkerBench bench = new(options);
        bench.Assign(0);
        bench.Append(0, 1);
        bench.Source.Append(WorkerBench.Topic, 0, MemoryRecord.Of("k", "too large"));
        bench.Append(0, 1);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass(2);
        Assert.Equal([2], bench.Runner.SubmittedSizes);
        Assert.Equal(RecordErrorCodes.RecordTooLarge, Assert.Single(bench.Sink.Visible, result => result.Error is not null).Error);
        Assert.Equal(3, bench.Sink.Visible.Count);
        Assert.Equal(1, bench.Metrics.DeadLettered);
        Assert.All(bench.Source.Leases, lease => Assert.True(lease.IsGivenBack));
    }

    [Fact]
    public void A_broken_runner_fails_the_worker()
    {
        using WorkerBench bench = new();
        bench.Runner.Break(new InvalidOperationException("device lost"));
        Assert.Equal(WorkerStatus.Failed, bench.Pass());
    }

    [Fact]
    public void A_bounded_source_completes_when_everything_is_committed()
    {
        using WorkerBench bench = new();
        bench.Source.IsBounded = true;
        bench.Assign(0);
        bench.Append(0, 3);
        Assert.Equal(WorkerStatus.Running, bench.Pass());
        bench.Runner.CompleteAll();
        Assert.Equal(WorkerStatus.Completed, bench.Pass(3));
        Assert.Equal(3, bench.Sink.Visible.Count);
    }

    [Fact]
    public void A_stop_commits_what_is_in_flight_and_leaves_the_group()
    {
        using WorkerBench bench = new();
        bench.Assign(0);
        bench.Append(0, 3);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Worker.Stop();
        Assert.Equal(3, bench.Sink.Visible.Count);
        Assert.True(bench.Source.IsClosed);
    }

    [Fact]
    public void Leases_go_back_only_after_a_definite_commit()
    {
        using WorkerBench bench = new();
        bench.Sink.Script.Enqueue(CommitOutcome.Aborted);
        bench.Assign(0);
        bench.Append(0, 3);
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass();
        Assert.False(bench.Source.Leases[0].IsGivenBack);
        bench.Rest();
        bench.Pass();
        Assert.True(bench.Source.Leases[0].IsGivenBack);
    }
}
