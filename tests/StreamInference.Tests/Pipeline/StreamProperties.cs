using System.Buffers;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using CsCheck;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Pipeline;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

/// <summary>
/// The invariants of streams of results (I1 to I6 of the design): under any schedule of steps, aborts, retries, fencing and rebalances, the
/// committed outputs of a request are 0..n without gap or repeat with one final, the progress says exactly that, and its keys lie at or above
/// the committed offset.
/// </summary>
public sealed class StreamProperties
{
    private const int Partitions = 2;
    private const int Records = 12;
    private const int SlotSize = 4;

    [Fact]
    public void A_stream_survives_any_schedule_without_a_gap_or_a_repeat()
    {
        int aborted = 0, fenced = 0, moved = 0, resumed = 0;
        Gen.Int.Sample(seed =>
        {
            Random random = new(seed);
            ScriptedSink sink = new();
            while (RunLife(random, sink, ref aborted, ref fenced, ref moved, ref resumed) == WorkerStatus.Fenced)
            {
            }

            Verify(sink, complete: true);
        }, iter: 150);
        Assert.True(aborted > 0 && fenced > 0 && moved > 0 && resumed > 0, "The schedule never injected one of its faults.");
    }

    private static int LengthOf(int partition, long offset) => (int)(1 + (((partition * 31) + (offset * 17)) % 19));

    private static WorkerStatus RunLife(Random random, ScriptedSink sink, ref int aborted, ref int fenced, ref int moved, ref int resumed)
    {
        StepRunner runner = new(random);
        PipelineWorkerOptions options = new() { Pipeline = "test", MaxPollWait = TimeSpan.Zero, Streams = true, Commit = new CommitPolicy(TimeSpan.Zero) };
        using WorkerBench bench = new(options, new FixedBatchPolicy(3, TimeSpan.Zero), sink, runner: runner);
        bench.Source.Restores = partition => Restore(sink, partition);
        for (int partition = 0; partition < Partitions; partition++)
        {
            bench.Append(partition, Records);
            bench.AssignAtCommitted(partition);
        }

        WorkerStatus status = WorkerStatus.Running;
        for (int step = 0; step < 150 && status == WorkerStatus.Running; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    sink.Script.Enqueue(random.Next(2) == 0 ? CommitOutcome.Aborted : CommitOutcome.Retry);
                    aborted++;
                    break;
                case 1 when random.Next(10) == 0:
                    sink.Script.Enqueue(CommitOutcome.Fenced);
                    fenced++;
                    break;
                case 2 when bench.Source.IsAssigned(WorkerBench.Topic, step % Partitions):
                    moved++;
                    if (random.Next(2) == 0) bench.Source.ScheduleRevoke(WorkerBench.Topic, step % Partitions);
                    else bench.Source.ScheduleLost(WorkerBench.Topic, step % Partitions);
                    break;
                default:
                    runner.Step();
                    break;
            }

            bench.Time.Advance(TimeSpan.FromMilliseconds(random.Next(20)));
            status = bench.Pass();
            Verify(sink, complete: false);
            for (int p = 0; p < Partitions; p++)
                if (!bench.Source.IsAssigned(WorkerBench.Topic, p)) bench.AssignAtCommitted(p);
        }

        if (status == WorkerStatus.Running) status = Finish(bench, sink, runner);
        resumed += runner.Resumed;
        return status;
    }

    private static WorkerStatus Finish(WorkerBench bench, ScriptedSink sink, StepRunner runner)
    {
        sink.Script.Clear();
        for (int i = 0; i < 300; i++)
        {
            runner.Step();
            bench.Time.Advance(TimeSpan.FromMilliseconds(20));
            if (bench.Pass() is not WorkerStatus.Running and var status) return status;
            for (int p = 0; p < Partitions; p++)
                if (!bench.Source.IsAssigned(WorkerBench.Topic, p)) bench.AssignAtCommitted(p);
        }

        return WorkerStatus.Running;
    }

    private static RestoredProgress Restore(ScriptedSink sink, int partition) => new(
        sink.Progress.Where(entry => entry.Key.Partition == partition).GroupBy(entry => entry.Key.Offset).Select(request => new RequestProgress(
            request.Key,
            request.ToDictionary(entry => entry.Key.Slot, entry => entry.Value),
            request.Any(entry => entry.Value.AsSpan().SequenceEqual("done"u8)))));

    private static void Verify(ScriptedSink sink, bool complete)
    {
        for (int partition = 0; partition < Partitions; partition++)
        {
            long committed = sink.Offsets.GetValueOrDefault((WorkerBench.Topic, partition));
            if (complete) Assert.Equal(Records, committed);
            for (long offset = 0; offset < Records; offset++)
            {
                List<string> visible = [.. sink.Visible.Where(r => r.Partition == partition && r.Offset == offset).SelectMany(r => r.Value.Split(' '))];
                Assert.Equal(Enumerable.Range(0, visible.Count).Select(i => i.ToString(CultureInfo.InvariantCulture)), visible);
                Assert.True(visible.Count <= LengthOf(partition, offset));
                bool isFinished = visible.Count == LengthOf(partition, offset);
                if (offset < committed) Assert.True(isFinished);
                Dictionary<int, byte[]> slots = sink.Progress.Where(p => p.Key.Partition == partition && p.Key.Offset == offset).ToDictionary(p => p.Key.Slot, p => p.Value);
                if (offset < committed || visible.Count == 0) Assert.Empty(slots);
                else if (isFinished) Assert.Equal("done", Encoding.UTF8.GetString(Assert.Single(slots).Value));
                else Assert.Equal(visible, slots.OrderBy(s => s.Key).SelectMany(s => Encoding.UTF8.GetString(s.Value).Split(' ')));
            }
        }
    }

    /// <summary>Generates numbers instead of tokens, some requests at a time; resumes from the restored progress.</summary>
    private sealed class StepRunner(Random random) : IModelRunner
    {
        private readonly Channel<ResultBatch> _results = Channel.CreateUnbounded<ResultBatch>();
        private readonly List<(StreamRecord Record, List<int> Outputs)> _running = [];

        public int Resumed { get; private set; }

        public ChannelReader<ResultBatch> Results => _results.Reader;

        public Action? ResultsAvailable { get; set; }

        public int MaxBatchSize => 3;

        public bool TrySubmit(MicroBatch batch)
        {
            foreach (StreamRecord record in batch.Records)
            {
                RequestProgress? progress = record.Assignment.Restored?.Find(record.Offset);
                if (progress is not null) Resumed++;
                List<int> outputs = progress is null
                    ? []
                    : [.. progress.Slots.OrderBy(s => s.Key).SelectMany(s => Encoding.UTF8.GetString(s.Value).Split(' ')).Select(t => int.Parse(t, CultureInfo.InvariantCulture))];
                MemoryRecord copy = new(record.Key.ToArray(), record.Value.ToArray());
                MemoryRecordLease lease = new();
                _running.Add((new StreamRecord(lease, lease.Add(copy), record.Assignment, record.Offset, -1), outputs));
            }

            _results.Writer.TryWrite(new ResultBatch { Source = batch });
            return true;
        }

        public void Step()
        {
            _running.RemoveAll(request => !request.Record.Assignment.IsActive);
            ResultBatch results = new() { Model = new ModelIdentity("numbers", 1) };
            foreach ((StreamRecord record, List<int> outputs) in _running.ToArray())
            {
                int length = LengthOf(record.Assignment.Partition, record.Offset);
                int count = Math.Min(random.Next(0, 6), length - outputs.Count);
                if (count == 0) continue;
                int first = outputs.Count;
                outputs.AddRange(Enumerable.Range(first, count));
                Write(results, outputs.Skip(first));
                results.Add(record, first, outputs.Count == length);
                if (outputs.Count == length) Finish(results, record, outputs.Count);
                else for (int slot = first / SlotSize; slot <= (outputs.Count - 1) / SlotSize; slot++)
                {
                    Write(results, outputs.Skip(slot * SlotSize).Take(SlotSize));
                    results.AddProgress(record, slot);
                }
            }

            if (results.Count > 0) _results.Writer.TryWrite(results);
        }

        public void Recycle(ResultBatch results) => results.Clear();

        public void Cancel(RecordId record)
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Finish(ResultBatch results, StreamRecord record, int count)
        {
            results.Write("done"u8);
            results.AddProgress(record, 0);
            for (int slot = 1; slot <= count / SlotSize; slot++) results.DeleteProgress(record, slot);
            _running.RemoveAll(request => request.Record.Offset == record.Offset && request.Record.Assignment == record.Assignment);
        }

        private static void Write(ResultBatch results, IEnumerable<int> outputs) => results.Write(Encoding.UTF8.GetBytes(string.Join(' ', outputs)));
    }
}
