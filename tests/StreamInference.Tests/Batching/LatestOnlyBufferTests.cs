using System.Text;
using CsCheck;
using StreamInference.Batching;
using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Batching;

public sealed class LatestOnlyBufferTests
{
    private readonly PartitionAssignment _partition = new("frames", 0);
    private readonly LatestOnlyBuffer _buffer = new();

    [Fact]
    public void A_newer_frame_takes_the_place_of_the_older_one()
    {
        Assert.False(_buffer.Offer(Record("a", 0), out _));
        Assert.False(_buffer.Offer(Record("b", 1), out _));
        Assert.True(_buffer.Offer(Record("a", 2), out StreamRecord superseded));
        Assert.Equal(0, superseded.Offset);

        MicroBatch batch = new();
        _buffer.MoveTo(batch, 8, 0);

        Assert.Equal([2L, 1L], Offsets(batch));
        Assert.Equal(0, _buffer.Count);
    }

    [Fact]
    public void Records_without_a_key_supersede_nothing()
    {
        Assert.False(_buffer.Offer(Record(null, 0), out _));
        Assert.False(_buffer.Offer(Record(null, 1), out _));
        Assert.False(_buffer.Offer(Record("", 2), out _));
        Assert.True(_buffer.Offer(Record("", 3), out _));

        MicroBatch batch = new();
        _buffer.MoveTo(batch, 8, 0);
        Assert.Equal([0L, 1L, 3L], Offsets(batch));
    }

    [Fact]
    public void A_frame_that_was_taken_is_not_superseded()
    {
        _buffer.Offer(Record("a", 0), out _);
        _buffer.MoveTo(new MicroBatch(), 1, 0);

        Assert.False(_buffer.Offer(Record("a", 1), out _));
        Assert.Equal(1, _buffer.Count);
    }

    [Fact]
    public void Frames_of_partitions_that_went_away_are_forgotten()
    {
        PartitionAssignment other = new("frames", 1);
        _buffer.Offer(Record("a", 0), out _);
        _buffer.Offer(Record("b", 0, other), out _);

        Assert.Equal(1, _buffer.Remove(_partition));

        MicroBatch batch = new();
        _buffer.MoveTo(batch, 8, 0);
        Assert.Same(other, batch.Records[0].Assignment);
    }

    [Fact]
    public void Every_record_is_taken_or_superseded_once_and_each_lease_is_given_back() =>
        Gen.Select(Gen.Int[-1, 5], Gen.Int[0, 4]).Array[0, 200].Sample(steps =>
        {
            LatestOnlyBuffer buffer = new();
            List<MemoryRecordLease> leases = [];
            List<(int Key, long Offset)> taken = [], superseded = [];
            for (int i = 0; i < steps.Length; i++)
            {
                (int key, int room) = steps[i];
                StreamRecord record = Record(key < 0 ? null : $"{key}", i);
                leases.Add((MemoryRecordLease)record.Lease);
                if (buffer.Offer(record, out StreamRecord older))
                {
                    superseded.Add((steps[older.Offset].Item1, older.Offset));
                    Assert.False(((MemoryRecordLease)older.Lease).IsGivenBack);
                    older.Lease.Release();
                }

                record.Lease.Release();
                Take(room);
            }

            Take(int.MaxValue);
            Assert.Equal(0, buffer.Count);
            Assert.Equal(Enumerable.Range(0, steps.Length).Select(i => (long)i), taken.Concat(superseded).Select(one => one.Offset).Order());
            Assert.All(superseded, gone => Assert.True(gone.Key >= 0));
            foreach (var key in taken.Where(one => one.Key >= 0).GroupBy(one => one.Key))
                Assert.Equal(key.Select(one => one.Offset).Order(), key.Select(one => one.Offset));
            Assert.All(leases, lease => Assert.True(lease.IsGivenBack));

            void Take(int room)
            {
                MicroBatch batch = new();
                buffer.MoveTo(batch, room, 0);
                Assert.InRange(batch.Count, 0, room);
                foreach (ref readonly StreamRecord record in batch.Records) taken.Add((steps[record.Offset].Item1, record.Offset));
                batch.Clear();
            }
        });

    private static long[] Offsets(MicroBatch batch)
    {
        List<long> offsets = [];
        foreach (ref readonly StreamRecord record in batch.Records) offsets.Add(record.Offset);
        return [.. offsets];
    }

    private StreamRecord Record(string? key, long offset, PartitionAssignment? assignment = null)
    {
        MemoryRecordLease lease = new();
        return new StreamRecord(lease, lease.Add(new MemoryRecord(key is null ? null : Encoding.UTF8.GetBytes(key), [])), assignment ?? _partition, offset, 0);
    }
}
