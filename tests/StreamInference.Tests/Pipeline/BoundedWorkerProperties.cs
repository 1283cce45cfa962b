using CsCheck;
using StreamInference.Commit;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

/// <summary>
/// A bounded worker under any schedule of faults and restarts: each record is visible once and in the order of its partition, refused ones at their
/// place; each batch holds exactly the records of its offsets, and the committed offset is the bound, gaps at its end included.
/// </summary>
public sealed class BoundedWorkerProperties
{
    private const int Partitions = 3;
    private const int Span = 8;
    private const int GapAtEnd = 5;
    private const int MaxBytes = 10;

    [Fact]
    public void Batches_are_those_of_their_offsets_and_the_bound_is_reached_under_any_schedule()
    {
        int fenced = 0, revoked = 0, partial = 0;
        Gen.Int.Sample(seed =>
        {
            Random random = new(seed);
            long[][] offsets = [.. Enumerable.Range(0, Partitions).Select(_ => Offsets(random))];
            ScriptedSink sink = new();
            while (RunLife(random, offsets, sink, ref fenced, ref revoked, ref partial) != WorkerStatus.Completed) sink.Forget();
            for (int partition = 0; partition < Partitions; partition++)
            {
                Assert.Equal(offsets[partition], sink.Visible.Where(result => result.Partition == partition).Select(result => result.Offset));
                Assert.Equal(offsets[partition][^1] + 1 + GapAtEnd, sink.Offsets[(WorkerBench.Topic, partition)]);
            }
        }, iter: 150);
        Assert.True(fenced > 0 && revoked > 0 && partial > 0, "The schedule never injected one of its faults.");
    }

    /// <summary>Offsets of a partition with gaps, as compaction and transaction markers leave them.</summary>
    private static long[] Offsets(Random random)
    {
        List<long> offsets = [];
        long next = 0;
        for (int i = 0; i < 60; i++)
        {
            next += random.Next(5) == 0 ? random.Next(2 * Span) : 0;
            offsets.Add(next++);
        }

        return [.. offsets];
    }

    private static bool IsRefused(long offset) => offset % 11 is 3 or 4;

    private static WorkerStatus RunLife(Random random, long[][] offsets, ScriptedSink sink, ref int fenced, ref int revoked, ref int partial)
    {
        PipelineWorkerOptions options = new() { Pipeline = "test", MaxPollWait = TimeSpan.Zero, OffsetSpan = Span, MaxRecordBytes = MaxBytes, MaxInFlightRecords = random.Next(1, 40) };
        using WorkerBench bench = new(options, sink: sink, capacity: random.Next(1, 4));
        bench.Source.IsBounded = true;
        bench.Source.GapAtEnd = GapAtEnd;
        bench.Runner.Submitted = batch => CheckBatch(batch, offsets);
        for (int partition = 0; partition < Partitions; partition++)
        {
            long last = -1;
            foreach (long offset in offsets[partition])
            {
                bench.Source.Append(WorkerBench.Topic, partition, MemoryRecord.Of("k", IsRefused(offset) ? new string('x', MaxBytes + 1) : $"{offset}"), (int)(offset - last - 1));
                last = offset;
            }

            bench.AssignAtCommitted(partition);
        }

        for (int step = 0; step < 3000; step++)
        {
            switch (random.Next(30))
            {
                case 0:
                    sink.Script.Enqueue(CommitOutcome.Aborted);
                    break;
                case 1:
                    sink.Script.Enqueue(CommitOutcome.Retry);
                    break;
                case 2 when random.Next(8) == 0:
                    sink.Script.Enqueue(CommitOutcome.Fenced);
                    fenced++;
                    break;
                case 3 when random.Next(3) == 0:
                    int leaving = random.Next(Partitions);
                    if (!bench.Source.IsAssigned(WorkerBench.Topic, leaving)) break;
                    revoked++;
                    if (sink.Offsets.GetValueOrDefault((WorkerBench.Topic, leaving)) is var at && at > 0 && at < offsets[leaving][^1]) partial++;
                    if (random.Next(2) == 0) bench.Source.ScheduleRevoke(WorkerBench.Topic, leaving);
                    else bench.Source.ScheduleLost(WorkerBench.Topic, leaving);
                    break;
                case < 20 when bench.Runner.InFlight.Count > 0:
                    bench.Runner.Complete(random.Next(bench.Runner.InFlight.Count));
                    break;
                default:
                    bench.Time.Advance(TimeSpan.FromMilliseconds(random.Next(200)));
                    break;
            }

            WorkerStatus status = bench.Pass();
            if (status == WorkerStatus.Completed && Enumerable.Range(0, Partitions).All(p => bench.Source.IsAssigned(WorkerBench.Topic, p))) return End(bench, status);
            if (status == WorkerStatus.Fenced) return End(bench, status);
            for (int p = 0; p < Partitions; p++)
                if (!bench.Source.IsAssigned(WorkerBench.Topic, p) && random.Next(4) == 0) bench.AssignAtCommitted(p);
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

    private static void CheckBatch(MicroBatch batch, long[][] offsets)
    {
        int partition = batch.Records[0].Assignment.Partition;
        long index = batch.Records[0].Offset / Span;
        Assert.All(batch.Records.ToArray(), record => Assert.Equal(partition, record.Assignment.Partition));
        Assert.Equal(offsets[partition].Where(offset => offset / Span == index && !IsRefused(offset)), batch.Records.ToArray().Select(record => record.Offset));
    }
}
