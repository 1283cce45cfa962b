using CsCheck;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Pipeline;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

/// <summary>
/// Whatever happens in whatever order (batches finishing out of order, aborts, retries, fencing, partitions that go and come back), a
/// read_committed reader sees each record below the committed offset exactly once, and none above it.
/// </summary>
public sealed class PipelineWorkerProperties
{
    private const int Partitions = 3;
    private const int Records = 60;

    [Fact]
    public void Every_record_is_visible_exactly_once_under_any_schedule()
    {
        int aborted = 0, retried = 0, fenced = 0, revoked = 0;
        Gen.Int.Sample(seed =>
        {
            Random random = new(seed);
            ScriptedSink sink = new();
            // A fenced worker starts again; what is visible and committed stays.
            while (RunLife(random, sink, ref aborted, ref retried, ref fenced, ref revoked) == WorkerStatus.Fenced)
            {
            }

            Verify(sink, complete: true);
        }, iter: 150);
        Assert.True(aborted > 0 && retried > 0 && fenced > 0 && revoked > 0, "The schedule never injected one of its faults.");
    }

    private static WorkerStatus RunLife(Random random, ScriptedSink sink, ref int aborted, ref int retried, ref int fenced, ref int revoked)
    {
        using WorkerBench bench = new(policy: new FixedBatchPolicy(7, TimeSpan.Zero), sink: sink, capacity: random.Next(1, 5));
        for (int partition = 0; partition < Partitions; partition++)
        {
            bench.Append(partition, Records);
            bench.AssignAtCommitted(partition);
        }

        for (int step = 0; step < 400; step++)
        {
            switch (random.Next(12))
            {
                case 0:
                    sink.Script.Enqueue(CommitOutcome.Aborted);
                    aborted++;
                    break;
                case 1:
                    sink.Script.Enqueue(CommitOutcome.Retry);
                    retried++;
                    break;
                case 2 when random.Next(8) == 0:
                    sink.Script.Enqueue(CommitOutcome.Fenced);
                    fenced++;
                    break;
                case 3 or 4:
                    int partition = random.Next(Partitions);
                    if (bench.Source.IsAssigned(WorkerBench.Topic, partition))
                    {
                        revoked++;
                        if (random.Next(2) == 0) bench.Source.ScheduleRevoke(WorkerBench.Topic, partition);
                        else bench.Source.ScheduleLost(WorkerBench.Topic, partition);
                    }

                    break;
                case < 9 when bench.Runner.InFlight.Count > 0:
                    bench.Runner.Complete(random.Next(bench.Runner.InFlight.Count));
                    break;
                default:
                    bench.Time.Advance(TimeSpan.FromMilliseconds(random.Next(200)));
                    break;
            }

            WorkerStatus status = bench.Pass();
            Verify(sink, complete: false);
            if (status != WorkerStatus.Running) return End(bench, status);
            for (int p = 0; p < Partitions; p++)
                if (!bench.Source.IsAssigned(WorkerBench.Topic, p) && random.Next(4) == 0) bench.AssignAtCommitted(p);
        }

        return Finish(bench, sink);
    }

    private static WorkerStatus Finish(WorkerBench bench, ScriptedSink sink)
    {
        sink.Script.Clear();
        bench.Pass();
        for (int p = 0; p < Partitions; p++)
            if (!bench.Source.IsAssigned(WorkerBench.Topic, p)) bench.AssignAtCommitted(p);
        for (int i = 0; i < 400; i++)
        {
            bench.Runner.CompleteAll();
            bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            if (bench.Pass() is not WorkerStatus.Running and var status) return End(bench, status);
        }

        return End(bench, WorkerStatus.Running);
    }

    private static WorkerStatus End(WorkerBench bench, WorkerStatus status)
    {
        bench.Runner.CompleteAll();
        Assert.True(bench.Worker.Drain());
        Assert.All(bench.Source.Leases, lease => Assert.True(lease.IsGivenBack));
        return status;
    }

    private static void Verify(ScriptedSink sink, bool complete)
    {
        ILookup<int, long> visible = sink.Visible.ToLookup(result => result.Partition, result => result.Offset);
        for (int partition = 0; partition < Partitions; partition++)
        {
            long committed = sink.Offsets.GetValueOrDefault((WorkerBench.Topic, partition));
            Assert.Equal(Enumerable.Range(0, (int)committed).Select(offset => (long)offset), visible[partition].Order());
            if (complete) Assert.Equal(Records, committed);
        }
    }
}
