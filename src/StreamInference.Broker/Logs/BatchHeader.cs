using System.Buffers.Binary;

namespace StreamInference.Broker.Logs;

/// <summary>
/// The 61 bytes before the records of a record batch of magic 2 (KIP-98; layout of Kafka's <c>DefaultRecordBatch</c>).
/// The checksum starts at the attributes, so base offset and leader epoch can be patched in place.
/// </summary>
internal readonly ref struct BatchHeader(ReadOnlySpan<byte> batch)
{
    public const int Size = 61;

    /// <summary>Bytes before the length field counts: base offset and the length itself.</summary>
    public const int LogOverhead = 12;

    public const int AttributesPosition = 21;

    private readonly ReadOnlySpan<byte> _batch = batch;

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(_batch);

    public int SizeInBytes => BinaryPrimitives.ReadInt32BigEndian(_batch[8..]) + LogOverhead;

    public byte Magic => _batch[16];

    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(_batch[17..]);

    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(_batch[AttributesPosition..]);

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(_batch[23..]);

    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(_batch[27..]);

    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(_batch[35..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(_batch[43..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(_batch[51..]);

    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(_batch[53..]);

    public int Count => BinaryPrimitives.ReadInt32BigEndian(_batch[57..]);

    public int Compression => Attributes & 0x07;

    public bool IsTransactional => (Attributes & 0x10) != 0;

    public bool IsControl => (Attributes & 0x20) != 0;

    public bool HasProducer => ProducerId >= 0;

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>Sequences wrap to 0 after <see cref="int.MaxValue"/>.</summary>
    public int LastSequence => BaseSequence < 0 ? BaseSequence : (BaseSequence + LastOffsetDelta) & int.MaxValue;

    /// <summary>Gives the batch its place in the log. The checksum does not cover these two fields.</summary>
    public static void Place(Span<byte> batch, long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[12..], leaderEpoch);
    }
}
