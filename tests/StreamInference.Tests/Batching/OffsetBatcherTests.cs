using StreamInference.Batching;
using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Batching;

public sealed class OffsetBatcherTests
{
    private readonly OffsetBatcher _batcher = new(10, TimeProvider.System);
    private readonly PartitionAssignment _first = new("input", 0);
    private readonly PartitionAssignment _second = new("input", 1);

    [Fact]
    public void A_batch_goes_when_its_span_is_full()
    {
        Add(_first, 0, 9);
        Assert.Null(_batcher.DueIn(0));
        Add(_first, 9, 10);
        Assert.Equal(TimeSpan.Zero, _batcher.DueIn(0));
        Assert.Equal(10, _batcher.Due.Count);
    }

    [Fact]
    public void A_gap_at_the_end_of_a_span_closes_the_batch_with_the_next_record()
    {
        Add(_first, 0, 5);
        Add(_first, 23, 24);
        Assert.Equal([0, 1, 2, 3, 4], Take());
        Assert.Null(_batcher.DueIn(0));
        Assert.Equal(1, _batcher.Count);
    }

    [Fact]
    public void Partitions_do_not_share_batches()
    {
        for (int offset = 0; offset < 10; offset++)
        {
            Add(_first, offset, offset + 1);
            Add(_second, offset, offset + 1);
        }

        MicroBatch first = _batcher.Due;
        _batcher.Next();
        MicroBatch second = _batcher.Due;
        _batcher.Next();
        Assert.All(first.Records.ToArray(), record => Assert.Same(_first, record.Assignment));
        Assert.All(second.Records.ToArray(), record => Assert.Same(_second, record.Assignment));
        Assert.Equal((10, 10), (first.Count, second.Count));
    }

    [Fact]
    public void A_start_within_a_span_makes_the_rest_of_it_a_batch()
    {
        Add(_first, 17, 25);
        Assert.Equal([17, 18, 19], Take());
    }

    [Fact]
    public void The_end_of_a_partition_closes_its_batch()
    {
        Add(_first, 10, 13);
        _batcher.End(_first);
        Assert.Equal([10, 11, 12], Take());
        Assert.Equal((0, 0), (_batcher.Count, _batcher.Held));
    }

    [Fact]
    public void Records_of_a_partition_that_went_away_are_dropped_with_their_leases()
    {
        MemoryRecordLease lease = Add(_first, 0, 3);
        Add(_second, 0, 3);
        lease.Release();
        _batcher.Forget(_first);
        Assert.True(lease.IsGivenBack);
        Assert.Equal((3, 3), (_batcher.Count, _batcher.Held));
    }

    [Fact]
    public void Nothing_more_is_read_while_batches_wait_for_the_model()
    {
        Add(_first, 0, 10);
        Assert.Equal(10, _batcher.Room);
        Add(_first, 10, 20);
        Assert.Equal(0, _batcher.Room);
        _batcher.Next();
        Assert.Equal(10, _batcher.Room);
    }

    private long[] Take()
    {
        Assert.Equal(TimeSpan.Zero, _batcher.DueIn(0));
        MicroBatch batch = _batcher.Due;
        _batcher.Next();
        return [.. batch.Records.ToArray().Select(record => record.Offset)];
    }

    private MemoryRecordLease Add(PartitionAssignment assignment, long from, long to)
    {
        MemoryRecordLease lease = new();
        for (long offset = from; offset < to; offset++)
            _batcher.Add(new StreamRecord(lease, lease.Add(MemoryRecord.Of("k", "v")), assignment, offset, 0));
        return lease;
    }
}
