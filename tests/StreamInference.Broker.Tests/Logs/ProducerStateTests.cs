using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Tests.Logs;

public sealed class ProducerStateTests
{
    private readonly ProducerStates _producers = new();
    private long _offset;

    [Fact]
    public void Batches_in_sequence_are_taken_and_a_gap_is_not()
    {
        Append(0, sequence: 0, count: 3);
        Assert.Equal(ErrorCode.None, Check(0, 3));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Check(0, 4));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Check(0, 1));
    }

    [Fact]
    public void The_last_five_batches_are_known_again_by_their_offsets()
    {
        for (var i = 0; i < 12; i++) Append(0, sequence: i * 2, count: 2);
        for (var i = 7; i < 12; i++)
            Assert.Equal((ErrorCode.DuplicateSequenceNumber, i * 2L), _producers.Check(Header(0, i * 2, 2)));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _producers.Check(Header(0, 12, 2)).Error);
    }

    [Fact]
    public void An_older_epoch_is_fenced_and_a_newer_one_starts_at_zero()
    {
        Append(5, sequence: 0, count: 1);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, Check(4, 0));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Check(6, 1));
        Assert.Equal(ErrorCode.None, Check(6, 0));
    }

    [Fact]
    public void Sequences_wrap_after_the_largest()
    {
        Append(0, sequence: int.MaxValue - 1, count: 2);
        Assert.Equal(ErrorCode.None, Check(0, 0));
        Append(0, sequence: 0, count: 1);
        Append(0, sequence: 1, count: 1);
        Assert.Equal(ErrorCode.None, Check(0, 2));
    }

    [Fact]
    public void An_unknown_producer_may_begin_anywhere() => Assert.Equal(ErrorCode.None, Check(3, 77));

    [Fact]
    public void A_plain_batch_has_no_place_in_an_open_transaction()
    {
        Track(TestBatch.Idempotent(1, 0, 0, transactional: true).ToBytes());
        Assert.Equal(ErrorCode.InvalidTxnState, Check(0, 1));
        Track(ControlBatch.Create(1, 0, commit: true, 0, 0));
        Assert.Equal(ErrorCode.None, Check(0, 1));
    }

    [Fact]
    public void Silent_producers_are_forgotten_but_not_in_a_transaction()
    {
        Append(0, sequence: 0, count: 1);
        Track(TestBatch.Idempotent(2, 0, 0, transactional: true).ToBytes());
        _producers.Expire(before: 2_000_000);
        Assert.Null(_producers.Find(1));
        Assert.NotNull(_producers.Find(2));
    }

    private ErrorCode Check(short epoch, int sequence) => _producers.Check(Header(epoch, sequence, 1)).Error;

    private static BatchHeader Header(short epoch, int sequence, int count) => new(TestBatch.Idempotent(1, epoch, sequence, count).ToBytes());

    private void Append(short epoch, int sequence, int count) => Track(TestBatch.Idempotent(1, epoch, sequence, count).ToBytes());

    private void Track(byte[] batch)
    {
        BatchHeader.Place(batch, _offset, 0);
        _producers.Track(batch, 1_000_000);
        _offset = new BatchHeader(batch).LastOffset + 1;
    }
}
