using CsCheck;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

/// <summary>Pipelines whose readers want the present: what waits gives way to what is newer, and nothing else changes.</summary>
public sealed class LatestOnlyWorkerTests
{
    private const int Cameras = 9;
    private const int Partitions = 3;
    private const int Frames = 400;

    [Fact]
    public void What_waits_gives_way_its_offset_is_committed_and_the_drop_is_counted()
    {
        using WorkerBench bench = Bench(LatestOnly.Drop);
        bench.Assign(0);
        Append(bench, 0, "a", "b", "a", "a");
        bench.Pass();
        Assert.Equal([2], bench.Runner.SubmittedSizes);
        Assert.Equal(2, bench.Metrics.Dropped);

        bench.Runner.CompleteAll();
        bench.Pass(2);

        Assert.Equal([(1L, "b"), (3L, "a")], bench.Sink.Visible.Select(result => (result.Offset, result.Value)).Order());
        Assert.Equal(4, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
    }

    [Fact]
    public void A_busy_model_has_one_batch_ahead_and_no_more()
    {
        using WorkerBench bench = Bench(LatestOnly.Drop);
        bench.Assign(0);
        for (int i = 0; i < 10; i++)
        {
            Append(bench, 0, "a");
            bench.Pass();
        }

        Assert.Equal([1, 1], bench.Runner.SubmittedSizes);
        Assert.Equal(7, bench.Metrics.Dropped);
        bench.Runner.Complete(0);
        bench.Pass(2);
        bench.Runner.CompleteAll();
        bench.Rest();
        bench.Pass(2);

        Assert.Equal([0L, 1, 9], bench.Sink.Visible.Select(result => result.Offset));
        Assert.Equal(10, bench.Sink.Offsets[(WorkerBench.Topic, 0)]);
    }

    [Fact]
    public void What_gave_way_is_a_dead_letter_where_that_is_asked_for()
    {
        using WorkerBench bench = Bench(LatestOnly.DeadLetter);
        bench.Assign(0);
        Append(bench, 0, "a", "a", "b");
        bench.Pass();
        bench.Runner.CompleteAll();
        bench.Pass(2);

        Assert.Equal([(0L, "superseded"), (1L, null), (2L, null)], bench.Sink.Visible.Select(result => (result.Offset, result.Error)).Order());
        Assert.Equal(1, bench.Metrics.Dropped);
        Assert.All(bench.Source.Leases, lease => Assert.True(lease.IsGivenBack));
    }

    [Theory]
    [InlineData(LatestOnly.Off)]
    [InlineData(LatestOnly.Drop)]
    [InlineData(LatestOnly.DeadLetter)]
    public void Each_camera_keeps_its_order_and_its_last_frame_under_any_schedule(LatestOnly mode)
    {
        int restarts = 0, rebalances = 0;
        long dropped = 0;
        Gen.Int.Sample(
            seed =>
            {
                Random random = new(seed);
                ScriptedSink sink = new();
                string[] frames = [.. Enumerable.Range(0, Frames).Select(_ => $"camera-{random.Next(Cameras)}")];
                int fed = 0;
                while (!RunLife(mode, random, sink, frames, ref fed, ref rebalances, ref dropped)) restarts++;
                Verify(mode, sink, frames);
            },
            iter: 60);
        Assert.True(restarts > 0 && rebalances > 0, "No fault was injected.");
        Assert.Equal(mode != LatestOnly.Off, dropped > 0);
    }

    /// <summary>One life of a worker; false when it was fenced and the next one goes on.</summary>
    private static bool RunLife(LatestOnly mode, Random random, ScriptedSink sink, string[] frames, ref int fed, ref int rebalances, ref long dropped)
    {
        using WorkerBench bench = Bench(mode, sink, size: 4);
        // A new life finds the topic as it is.
        for (int i = 0; i < fed; i++) Feed(bench, frames, i);
        for (int p = 0; p < Partitions; p++) bench.AssignAtCommitted(p);
        WorkerStatus status = WorkerStatus.Running;
        // Cameras are faster than the model, so frames wait; at the end everything is served.
        for (int step = 0; status == WorkerStatus.Running && step < 2000; step++)
        {
            for (int more = random.Next(4); more > 0 && fed < frames.Length; more--) Feed(bench, frames, fed++);
            if (random.Next(40) == 0) sink.Script.Enqueue((CommitOutcome)random.Next(1, 4));
            int partition = random.Next(Partitions);
            if (random.Next(60) == 0 && bench.Source.IsAssigned(WorkerBench.Topic, partition))
            {
                rebalances++;
                bench.Source.ScheduleRevoke(WorkerBench.Topic, partition);
                bench.Pass();
                bench.AssignAtCommitted(partition);
            }

            if (random.Next(3) == 0 && bench.Runner.InFlight.Count > 0) bench.Runner.Complete(0);
            bench.Time.Advance(TimeSpan.FromMilliseconds(random.Next(60)));
            status = bench.Pass();
        }

        dropped += bench.Metrics.Dropped;
        if (status == WorkerStatus.Running)
        {
            sink.Script.Clear();
            for (int i = 0; i < 300; i++)
            {
                bench.Runner.CompleteAll();
                bench.Time.Advance(TimeSpan.FromMilliseconds(100));
                bench.Pass();
            }
        }

        bench.Runner.CompleteAll();
        Assert.True(bench.Worker.Drain());
        Assert.All(bench.Source.Leases, lease => Assert.True(lease.IsGivenBack));
        return status == WorkerStatus.Running;
    }

    private static void Verify(LatestOnly mode, ScriptedSink sink, string[] frames)
    {
        for (int p = 0; p < Partitions; p++)
        {
            string[] own = [.. frames.Where(camera => PartitionOf(camera) == p)];
            if (own.Length == 0) continue;
            var visible = sink.Visible.Where(result => result.Partition == p).ToArray();
            Assert.Equal(own.Length, sink.Offsets[(WorkerBench.Topic, p)]);
            Assert.Equal(visible.Length, visible.Select(result => result.Offset).Distinct().Count());
            if (mode != LatestOnly.Drop) Assert.Equal(own.Length, visible.Length);
            foreach (var camera in visible.Where(result => result.Error is null).GroupBy(result => own[result.Offset]))
            {
                Assert.Equal(camera.Select(result => result.Offset).Order(), camera.Select(result => result.Offset));
                Assert.Equal(Array.LastIndexOf(own, camera.Key), camera.Last().Offset);
            }

            Assert.Equal(own.Distinct().Count(), visible.Where(result => result.Error is null).Select(result => own[result.Offset]).Distinct().Count());
        }
    }

    private static void Feed(WorkerBench bench, string[] frames, int index) =>
        bench.Source.Append(WorkerBench.Topic, PartitionOf(frames[index]), MemoryRecord.Of(frames[index], frames[index]));

    private static int PartitionOf(string camera) => camera[^1] % Partitions;

    private static WorkerBench Bench(LatestOnly mode, ScriptedSink? sink = null, int size = 100)
    {
        sink?.Forget();
        return new WorkerBench(
            new PipelineWorkerOptions { Pipeline = "test", MaxPollWait = TimeSpan.Zero, LatestOnly = mode }, new FixedBatchPolicy(size, TimeSpan.Zero), sink);
    }

    private static void Append(WorkerBench bench, int partition, params string[] keys)
    {
        foreach (string key in keys) bench.Source.Append(WorkerBench.Topic, partition, MemoryRecord.Of(key, key));
    }
}
