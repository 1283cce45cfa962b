using System.Buffers;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using CsCheck;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

/// <summary>
/// A model that counts the records of each key, under any schedule of aborts, retries, fencing and rebalances: the n-th record of a key has the
/// result n, as if nothing had happened, and the states that are committed are those of the committed offsets.
/// </summary>
public sealed class KeyedStateProperties
{
    private const int Partitions = 3;
    private const int Records = 60;
    private const int Keys = 5;

    [Fact]
    public void The_chain_of_states_is_unbroken_under_any_schedule()
    {
        int faults = 0, fenced = 0, moved = 0, batches = 0;
        Gen.Int.Sample(
            seed =>
            {
                Random random = new(seed);
                ScriptedSink sink = new();
                while (!RunLife(random, sink, ref faults, ref moved, ref batches)) fenced++;
                Verify(sink, complete: true);
            },
            iter: 150);
        Assert.True(faults > 0 && fenced > 0 && moved > 0 && batches > 0, "The schedule never injected one of its faults.");
    }

    private static string KeyOf(int partition, long offset) => $"{((offset * 7) + (offset * offset) + partition) % Keys}";

    /// <summary>One life of a worker; false when it was fenced and the next one goes on.</summary>
    private static bool RunLife(Random random, ScriptedSink sink, ref int faults, ref int moved, ref int batches)
    {
        sink.Forget();
        CountingRunner runner = new();
        PipelineWorkerOptions options = new() { Pipeline = "test", MaxPollWait = TimeSpan.Zero, MaxRecordBytes = 3 };
        using WorkerBench bench = new(options, new FixedBatchPolicy(7, TimeSpan.Zero), sink, runner: runner);
        bench.Source.RestoresStates = partition => Restore(sink, partition);
        for (int partition = 0; partition < Partitions; partition++)
        {
            // Some records are too large: they close before those around them, and take part in no state.
            for (int i = 0; i < Records; i++) bench.Source.Append(WorkerBench.Topic, partition, MemoryRecord.Of(KeyOf(partition, i), i % 11 == 5 ? "large" : "r"));
            bench.AssignAtCommitted(partition);
        }

        WorkerStatus status = WorkerStatus.Running;
        for (int step = 0; step < 300 && status == WorkerStatus.Running; step++)
        {
            int partition = random.Next(Partitions);
            switch (random.Next(12))
            {
                case 0:
                    faults++;
                    sink.Script.Enqueue(random.Next(20) == 0 ? CommitOutcome.Fenced : random.Next(2) == 0 ? CommitOutcome.Aborted : CommitOutcome.Retry);
                    break;
                case 1 when bench.Source.IsAssigned(WorkerBench.Topic, partition):
                    moved++;
                    if (random.Next(2) == 0) bench.Source.ScheduleRevoke(WorkerBench.Topic, partition);
                    else bench.Source.ScheduleLost(WorkerBench.Topic, partition);
                    break;
                case < 8:
                    runner.Step();
                    break;
                default:
                    bench.Time.Advance(TimeSpan.FromMilliseconds(random.Next(200)));
                    break;
            }

            status = bench.Pass();
            Verify(sink, complete: false);
            if (status != WorkerStatus.Running) break;
            for (int p = 0; p < Partitions; p++)
                if (!bench.Source.IsAssigned(WorkerBench.Topic, p) && random.Next(4) == 0) bench.AssignAtCommitted(p);
        }

        if (status == WorkerStatus.Running) Finish(bench, runner, sink);
        runner.StepAll();
        Assert.True(bench.Worker.Drain());
        batches += runner.Batches;
        return status == WorkerStatus.Running;
    }

    private static void Finish(WorkerBench bench, CountingRunner runner, ScriptedSink sink)
    {
        sink.Script.Clear();
        bench.Pass();
        for (int p = 0; p < Partitions; p++)
            if (!bench.Source.IsAssigned(WorkerBench.Topic, p)) bench.AssignAtCommitted(p);
        for (int i = 0; i < 200; i++)
        {
            runner.StepAll();
            bench.Time.Advance(TimeSpan.FromMilliseconds(100));
            bench.Pass();
        }
    }

    private static KeyedState Restore(ScriptedSink sink, int partition)
    {
        StateFold fold = new();
        foreach (((int of, string key), byte[] value) in sink.States)
            if (of == partition) fold.Add(Encoding.UTF8.GetBytes(key), value);
        KeyedState states = fold.Below(sink.Offsets.GetValueOrDefault((WorkerBench.Topic, partition)), out int later);
        Assert.Equal(0, later);
        return states;
    }

    private static void Verify(ScriptedSink sink, bool complete)
    {
        for (int partition = 0; partition < Partitions; partition++)
        {
            long committed = sink.Offsets.GetValueOrDefault((WorkerBench.Topic, partition));
            if (complete) Assert.Equal(Records, committed);
            var visible = sink.Visible.Where(result => result.Partition == partition).OrderBy(result => result.Offset).ToArray();
            Assert.Equal(committed, visible.Length);
            Dictionary<string, int> counts = [];
            foreach (var result in visible)
            {
                string key = KeyOf(partition, result.Offset);
                if (result.Error is null) Assert.Equal((counts[key] = counts.GetValueOrDefault(key) + 1).ToString(CultureInfo.InvariantCulture), result.Value);
            }

            Assert.Equal(
                counts.OrderBy(entry => entry.Key),
                sink.States.Where(state => state.Key.Partition == partition).Select(state => KeyValuePair.Create(state.Key.Key, (int)state.Value[StateRecord.HeaderLength])).OrderBy(entry => entry.Key));
        }
    }

    /// <summary>Runs batches in their order, as a batch model's loop does; each result is the number of its record among those of its key.</summary>
    private sealed class CountingRunner : IModelRunner
    {
        private static readonly KeyedStateOptions Options = new() { Initial = new byte[1] };

        private readonly Channel<ResultBatch> _results = Channel.CreateUnbounded<ResultBatch>();
        private readonly Queue<MicroBatch> _submitted = new();
        private readonly List<byte[]> _forgotten = [];

        public int Batches { get; private set; }

        public bool KeepsState => true;

        public int MaxBatchSize => 7;

        public ChannelReader<ResultBatch> Results => _results.Reader;

        public Action? ResultsAvailable { get; set; }

        public bool TrySubmit(MicroBatch batch)
        {
            if (_submitted.Count >= 3) return false;
            _submitted.Enqueue(batch);
            return true;
        }

        public void StepAll()
        {
            while (_submitted.Count > 0) Step();
        }

        public void Step()
        {
            if (!_submitted.TryDequeue(out MicroBatch? batch)) return;
            Batches++;
            ResultBatch results = new() { Source = batch };
            foreach (ref readonly StreamRecord record in batch.Records)
            {
                StateCell cell = record.Assignment.KeyedState.Touch(record, Options, _forgotten);
                results.Write(Encoding.ASCII.GetBytes((++cell.Value[0]).ToString(CultureInfo.InvariantCulture)));
                results.Add(record);
                results.AddState(cell);
            }

            _results.Writer.TryWrite(results);
        }

        public void Recycle(ResultBatch results) => results.Clear();

        public void Cancel(RecordId record)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
