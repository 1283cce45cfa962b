using System.Buffers.Binary;
using System.Text;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Tests.Logs;

public sealed class BatchChecksTests
{
    private const int Limit = 10_000;

    [Fact]
    public void The_checksum_is_crc_32c() => Assert.Equal(0xE3069283u, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void A_right_batch_passes() => Assert.Equal(ErrorCode.None, BatchChecks.Check(TestBatch.Of(3).ToBytes(), Limit));

    [Fact]
    public void Every_flipped_bit_under_the_checksum_is_found()
    {
        var batch = TestBatch.Of(3).ToBytes();
        for (var bit = 17 * 8; bit < batch.Length * 8; bit++)
        {
            batch[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(ErrorCode.CorruptMessage, BatchChecks.Check(batch, Limit));
            batch[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void What_a_batch_must_not_be_has_a_code_each()
    {
        Assert.Equal(ErrorCode.CorruptMessage, BatchChecks.Check([], Limit));
        Assert.Equal(ErrorCode.CorruptMessage, BatchChecks.Check(TestBatch.Of(1).ToBytes().AsSpan()[..^1], Limit));
        Assert.Equal(ErrorCode.InvalidRecord, BatchChecks.Check([.. TestBatch.Of(1).ToBytes(), .. TestBatch.Of(1).ToBytes()], Limit));
        Assert.Equal(ErrorCode.MessageTooLarge, BatchChecks.Check(TestBatch.Of(1000).ToBytes(), Limit));
        Assert.Equal(ErrorCode.UnsupportedForMessageFormat, BatchChecks.Check(Changed(static batch => batch[16] = 1), Limit));
        Assert.Equal(ErrorCode.InvalidRecord, BatchChecks.Check(Changed(static batch => BinaryPrimitives.WriteInt32BigEndian(batch[57..], 2)), Limit));
        Assert.Equal(ErrorCode.UnsupportedCompressionType, BatchChecks.Check(Changed(static batch => batch[22] = 5), Limit));
        Assert.Equal(ErrorCode.InvalidRecord, BatchChecks.Check(Changed(static batch => batch[22] = 0x30), Limit));
        Assert.Equal(ErrorCode.InvalidRecord, BatchChecks.Check(Changed(static batch => batch[22] = 0x10), Limit));
        Assert.Equal(ErrorCode.InvalidRecord, BatchChecks.Check(TestBatch.Idempotent(1, 0, -1).ToBytes(), Limit));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_marker_is_a_whole_control_batch(bool commit)
    {
        var marker = ControlBatch.Create(7, 3, commit, 0, 1234);
        var header = new BatchHeader(marker);
        Assert.True(BatchChecks.IsWhole(marker, out var size));
        Assert.Equal(marker.Length, size);
        Assert.True(header.IsControl && header.IsTransactional);
        Assert.Equal((7L, (short)3, -1, 1), (header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.Count));
        Assert.Equal(commit, ControlBatch.IsCommit(marker));
        var reader = new RecordReader(marker.AsSpan(BatchHeader.Size), header.BaseTimestamp);
        Assert.True(reader.MoveNext());
        Assert.Equal([0, 0, 0, commit ? (byte)1 : (byte)0], reader.Current.Key.ToArray());
        Assert.False(reader.MoveNext());
    }

    private delegate void Change(Span<byte> batch);

    private static byte[] Changed(Change change)
    {
        var batch = TestBatch.Of(1).ToBytes();
        change(batch);
        return TestBatch.Seal(batch);
    }
}
