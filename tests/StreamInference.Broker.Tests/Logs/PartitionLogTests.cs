using CsCheck;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Tests.Logs;

public sealed class PartitionLogTests
{
    private static readonly LogOptions SmallSegments = new() { SegmentBytes = 400 };

    [Fact]
    public void Readers_under_read_committed_see_the_committed_records_and_only_those() => LogModel.Steps.Sample(steps =>
    {
        using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments);
        var model = new LogModel(log);
        foreach (var step in steps)
        {
            model.Apply(step);
            Assert.Equal(model.LastStableOffset, log.LastStableOffset);
        }
        Assert.Equal(model.Committed, LogModel.ReadCommitted(log));
    });

    [Fact]
    public void A_read_gives_whole_batches_from_the_one_that_holds_the_offset() =>
        Gen.Select(Gen.Int[1, 5].Array[1, 40], Gen.Int[0, 400], Gen.Int[0, 2000]).Sample((counts, at, maxBytes) =>
        {
            using var buffers = new LeasedBuffers();
            using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments);
            foreach (var count in counts) log.Append(TestBatch.Of(count).ToBytes(), 0);
            Assert.Equal(counts.Sum(), log.EndOffset);
            var offset = at % log.EndOffset;

            var slice = log.Read(offset, log.EndOffset, maxBytes, atLeastOne: true, buffers);
            var records = new[] { slice.Records.First }.Concat(slice.Records.More).SelectMany(static piece => TestBatch.Read(piece.Span)).ToList();
            Assert.Equal(Enumerable.Range((int)records[0].Offset, records.Count), records.Select(static record => (int)record.Offset));
            Assert.InRange(offset, records[0].Offset, records[^1].Offset);
            Assert.Equal(records[^1].Offset + 1, slice.NextOffset);
            var first = new BatchHeader(slice.Records.First.Span).SizeInBytes;
            Assert.InRange(slice.Records.Length, first, Math.Max(first, maxBytes));
        });

    [Fact]
    public void A_read_stops_at_the_upper_bound_and_finds_nothing_at_the_end()
    {
        using var buffers = new LeasedBuffers();
        using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments);
        for (var i = 0; i < 10; i++) log.Append(TestBatch.Of(2).ToBytes(), 0);
        Assert.Equal(8, log.Read(4, 8, 10_000, atLeastOne: true, buffers).NextOffset);
        Assert.Equal(0, log.Read(20, 20, 10_000, atLeastOne: true, buffers).Records.Length);
        Assert.Equal(0, log.Read(4, 20, 10, atLeastOne: false, buffers).Records.Length);
    }

    [Fact]
    public void A_time_is_found_to_the_record()
    {
        using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments);
        for (var i = 0; i < 10; i++) log.Append(TestBatch.Of(3, timestamp: 1000 + (i * 10)).ToBytes(), 0);
        Assert.Equal((1000, 0), log.FindByTime(0));
        Assert.Equal((1021, 7), log.FindByTime(1021));
        Assert.Equal((1030, 9), log.FindByTime(1023));
        Assert.Null(log.FindByTime(1093));
        Assert.Equal((1092, 29), log.FindMaxTimestamp());
    }

    [Fact]
    public void Retention_drops_whole_old_segments_and_never_an_open_transaction()
    {
        using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments with { RetentionMs = 1000 });
        for (var i = 0; i < 20; i++) log.Append(TestBatch.Of(2, timestamp: i * 100).ToBytes(), i * 100);
        log.ApplyRetention(now: 2000);
        Assert.InRange(log.StartOffset, 1, 20);
        log.Append(TestBatch.Idempotent(1, 0, 0, transactional: true).ToBytes(), 2000);
        log.ApplyRetention(now: 10_000_000);
        Assert.InRange(log.StartOffset, 1, log.LastStableOffset);
        Assert.Equal(40, log.LastStableOffset);
    }

    [Fact]
    public void A_replay_that_writes_old_times_keeps_its_records_as_long_as_any()
    {
        using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments with { RetentionMs = 1000 });
        for (var i = 0; i < 20; i++) log.Append(TestBatch.Of(2, timestamp: i).ToBytes(), 1_000_000);
        log.ApplyRetention(now: 1_000_900);
        Assert.Equal(0, log.StartOffset);
        log.ApplyRetention(now: 1_001_100);
        Assert.Equal(40, log.StartOffset);
    }

    [Fact]
    public void Retention_by_size_leaves_at_least_that_much()
    {
        using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments with { RetentionBytes = 2000 });
        for (var i = 0; i < 200; i++)
        {
            log.Append(TestBatch.Of(2).ToBytes(), 0);
            log.ApplyRetention(0);
            Assert.InRange(log.Size, Math.Min(2000, (i + 1) * TestBatch.Of(2).ToBytes().Length), 2400);
        }
        Assert.True(log.StartOffset > 300);
    }

    [Fact]
    public void The_start_moves_into_a_segment_and_reads_go_from_there()
    {
        using var buffers = new LeasedBuffers();
        using var log = new PartitionLog(new MemorySegmentStore(), SmallSegments);
        for (var i = 0; i < 10; i++) log.Append(TestBatch.Of(2).ToBytes(), 0);
        log.AdvanceStart(7);
        Assert.Equal(7, log.StartOffset);
        Assert.Equal(6, new BatchHeader(log.Read(7, 20, 1, atLeastOne: true, buffers).Records.First.Span).BaseOffset);
        log.AdvanceStart(20);
        Assert.Equal((20, 20), (log.StartOffset, log.EndOffset));
        Assert.Equal(20, log.Append(TestBatch.Of(1).ToBytes(), 0));
    }
}
