using CsCheck;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Tests.Logs;

public sealed class CompactionTests
{
    private static readonly LogOptions Compacted = new() { SegmentBytes = 500, Compact = true, Delete = false, MinCleanableDirtyRatio = 0, DeleteRetentionMs = 1000 };

    internal static Dictionary<string, string> Newest(IEnumerable<(long Offset, string Key, string? Value)> records)
    {
        var newest = new Dictionary<string, string>();
        foreach (var (_, key, value) in records)
        {
            if (value is null) newest.Remove(key);
            else newest[key] = value;
        }
        return newest;
    }

    [Fact]
    public void The_newest_committed_value_of_each_key_stays() => Gen.Select(LogModel.Steps, Gen.Long[0, 3000]).Sample((steps, age) =>
    {
        using var log = new PartitionLog(new MemorySegmentStore(), Compacted);
        var model = new LogModel(log);
        for (var i = 0; i < steps.Length; i++)
        {
            model.Apply(steps[i]);
            if (i % 10 == 9) log.Compact(age);
        }
        log.Compact(age);
        var read = LogModel.ReadCommitted(log);
        Assert.Equal(model.Newest().OrderBy(static pair => pair.Key), Newest(read).OrderBy(static pair => pair.Key));
        Assert.Equal(model.LastStableOffset, log.LastStableOffset);
        Assert.Equal(read.Select(static record => record.Offset).Order(), read.Select(static record => record.Offset));
        Assert.Empty(read.Except(model.Committed)); // nothing came to be that was not written
    });

    [Fact]
    public void Older_values_old_tombstones_and_aborted_records_go()
    {
        using var log = new PartitionLog(new MemorySegmentStore(), Compacted);
        for (var i = 0; i < 100; i++) log.Append(new TestBatch { Records = [($"k{i % 2}", $"v{i}")] }.ToBytes(), 0);
        log.Append(new TestBatch { Records = [("k0", null)] }.ToBytes(), 0);
        for (var i = 0; i < 20; i++) log.Append(new TestBatch { Records = [("other", "x")] }.ToBytes(), 0);
        var before = log.Size;

        Assert.True(log.Compact(now: 5000));
        var read = LogModel.ReadCommitted(log);
        Assert.Equal([(99, "k1", "v99")], read.Where(static record => record.Key != "other"));
        Assert.True(log.Size < before / 3);
        Assert.False(log.Compact(now: 5000));
    }

    [Fact]
    public void A_young_tombstone_stays()
    {
        using var log = new PartitionLog(new MemorySegmentStore(), Compacted);
        log.Append(new TestBatch { Records = [("k", "v")] }.ToBytes(), 0);
        log.Append(new TestBatch { Records = [("k", null)] }.ToBytes(), 0);
        for (var i = 0; i < 20; i++) log.Append(new TestBatch { Records = [("other", "x")] }.ToBytes(), 0);
        Assert.True(log.Compact(now: 500));
        Assert.Equal([(1, "k", null)], LogModel.ReadCommitted(log).Where(static record => record.Key == "k"));
    }

    [Fact]
    public void A_producer_goes_on_after_a_restart_on_a_compacted_log() => LogModel.Steps.Sample(steps =>
    {
        using var folder = new TemporaryFolder();
        using var log = new PartitionLog(new FileSegmentStore(folder.Path), Compacted);
        var model = new LogModel(log);
        foreach (var step in steps) model.Apply(step);
        log.Compact(now: 5000);

        using var again = new PartitionLog(new FileSegmentStore(folder.Path), Compacted);
        Assert.Equal(
            log.Producers.All.Where(static each => each.LastBatchOffset >= 0).Select(static each => (each.ProducerId, each.LastSequence)).Order(),
            again.Producers.All.Where(static each => each.LastBatchOffset >= 0).Select(static each => (each.ProducerId, each.LastSequence)).Order());
    }, iter: 50);
}
