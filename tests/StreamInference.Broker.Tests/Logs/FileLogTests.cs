using CsCheck;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Tests.Logs;

public sealed class FileLogTests
{
    private static readonly LogOptions SmallSegments = new() { SegmentBytes = 600, Compact = true, MinCleanableDirtyRatio = 0 };

    [Fact]
    public void A_log_reopened_is_the_log_that_was_written() => LogModel.Steps.Sample(steps =>
    {
        using var folder = new TemporaryFolder();
        using var log = new PartitionLog(new FileSegmentStore(folder.Path), SmallSegments);
        var model = new LogModel(log);
        foreach (var step in steps) model.Apply(step);

        using var again = new PartitionLog(new FileSegmentStore(folder.Path), SmallSegments);
        Assert.Equal((log.StartOffset, log.EndOffset, log.LastStableOffset), (again.StartOffset, again.EndOffset, again.LastStableOffset));
        Assert.Equal(log.Producers.Aborted, again.Producers.Aborted);
        Assert.Equal(log.Producers.All.Select(Describe).Order(), again.Producers.All.Select(Describe).Order());
        Assert.Equal(model.Committed, LogModel.ReadCommitted(again));
    }, iter: 50);

    [Fact]
    public void A_torn_tail_is_truncated() => Gen.Select(LogModel.Steps, Gen.Int[0, 10_000], Gen.Bool).Sample((steps, damage, flip) =>
    {
        using var folder = new TemporaryFolder();
        using (var log = new PartitionLog(new FileSegmentStore(folder.Path), SmallSegments))
        {
            var model = new LogModel(log);
            foreach (var step in steps) model.Apply(step);
        }
        var last = Directory.GetFiles(folder.Path, "*.log").Order().Last();
        var bytes = File.ReadAllBytes(last);
        var at = damage % bytes.Length;
        var whole = WholeBatchesBefore(bytes, at);
        if (flip) bytes[at] ^= 0x55;
        File.WriteAllBytes(last, flip ? bytes : bytes[..at]);

        var store = new FileSegmentStore(folder.Path);
        using var again = new PartitionLog(store, SmallSegments);
        if (flip && at < whole.Bytes + 17 && at >= whole.Bytes + 12) return; // the leader's epoch and the magic are under no checksum
        Assert.True(again.Segments[^1].Size <= bytes.Length);
        Assert.True(flip || again.Segments[^1].Size == whole.Bytes);
        Assert.True(again.Segments[^1].Entries.Count >= whole.Count);
        var end = again.EndOffset;
        Assert.Equal(end, again.Append(TestBatch.Of(1).ToBytes(), 0));
    }, iter: 100);

    [Fact]
    public void Damage_in_the_middle_cuts_what_follows_it()
    {
        using var folder = new TemporaryFolder();
        using (var log = new PartitionLog(new FileSegmentStore(folder.Path), SmallSegments))
        {
            for (var i = 0; i < 50; i++) log.Append(TestBatch.Of(2).ToBytes(), 0);
        }
        var second = Directory.GetFiles(folder.Path, "*.log").Order().ElementAt(1);
        var bytes = File.ReadAllBytes(second);
        bytes[^1] ^= 1;
        File.WriteAllBytes(second, bytes);

        var store = new FileSegmentStore(folder.Path);
        using var again = new PartitionLog(store, SmallSegments);
        Assert.Equal(second, store.CutAt?.Path);
        Assert.Equal(2, again.Segments.Count);
        Assert.Equal(2, Directory.GetFiles(folder.Path, "*.log").Length);
        Assert.Equal(again.EndOffset, again.Append(TestBatch.Of(1).ToBytes(), 0));
    }

    [Fact]
    public void A_batch_larger_than_the_scan_window_is_found_again()
    {
        using var folder = new TemporaryFolder();
        var large = new TestBatch { Records = [("key", new string('x', 6 * 1024 * 1024))] };
        using (var log = new PartitionLog(new FileSegmentStore(folder.Path), new LogOptions()))
        {
            log.Append(TestBatch.Of(1).ToBytes(), 0);
            log.Append(large.ToBytes(), 0);
            log.Append(TestBatch.Of(1).ToBytes(), 0);
        }
        using var again = new PartitionLog(new FileSegmentStore(folder.Path), new LogOptions());
        Assert.Equal(3, again.EndOffset);
    }

    [Fact]
    public void The_start_survives_even_when_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        using (var log = new PartitionLog(new FileSegmentStore(folder.Path), SmallSegments))
        {
            for (var i = 0; i < 10; i++) log.Append(TestBatch.Of(2).ToBytes(), 0);
            log.AdvanceStart(20);
        }
        using var again = new PartitionLog(new FileSegmentStore(folder.Path), SmallSegments);
        Assert.Equal((20, 20), (again.StartOffset, again.EndOffset));
    }

    [Fact]
    public void Compaction_interrupted_before_the_merged_files_go_loses_nothing() => LogModel.Steps.Sample(steps =>
    {
        using var folder = new TemporaryFolder();
        using var log = new PartitionLog(new FileSegmentStore(folder.Path), SmallSegments);
        var model = new LogModel(log);
        foreach (var step in steps) model.Apply(step);
        using var before = folder.CopyAsAfterKill();
        if (!log.Compact(now: 1)) return;
        var first = Directory.GetFiles(folder.Path, "*.log").Order().First();
        File.Copy(first, Path.Combine(before.Path, Path.GetFileName(first)), overwrite: true);

        using var again = new PartitionLog(new FileSegmentStore(before.Path), SmallSegments);
        Assert.Equal(model.Newest().OrderBy(static pair => pair.Key), CompactionTests.Newest(LogModel.ReadCommitted(again)).OrderBy(static pair => pair.Key));
        Assert.Equal(log.EndOffset, again.EndOffset);
    }, iter: 50);

    private static (int Bytes, int Count) WholeBatchesBefore(ReadOnlySpan<byte> bytes, int limit)
    {
        var (position, count) = (0, 0);
        while (position < bytes.Length && position + new BatchHeader(bytes[position..]).SizeInBytes is var end && end <= limit)
        {
            position = end;
            count++;
        }
        return (position, count);
    }

    private static (long, short, int, long) Describe(ProducerState producer) =>
        (producer.ProducerId, producer.Epoch, producer.LastSequence, producer.TransactionStart);
}
