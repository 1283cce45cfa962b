using System.Buffers.Binary;

namespace StreamInference.Broker.Logs;

/// <summary>
/// The marker that ends a transaction in a partition: a control batch of one record, key (version, type), value
/// (version, coordinator epoch) (Kafka's <c>EndTransactionMarker</c>).
/// </summary>
internal static class ControlBatch
{
    public const int Size = BatchHeader.Size + RecordSize;

    private const int RecordSize = 17;
    private const short TransactionalControl = 0x30;
    private const int TypePosition = BatchHeader.Size + 7;

    public static byte[] Create(long producerId, short producerEpoch, bool commit, int coordinatorEpoch, long timestamp)
    {
        var batch = new byte[Size];
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), Size - BatchHeader.LogOverhead);
        batch[16] = 2;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), TransactionalControl);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), producerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), -1);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), 1);
        WriteRecord(batch.AsSpan(BatchHeader.Size), commit, coordinatorEpoch);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(BatchHeader.AttributesPosition)));
        return batch;
    }

    /// <summary>Whether a control batch says commit; control batches are only written here, so the layout is known.</summary>
    public static bool IsCommit(ReadOnlySpan<byte> batch) => BinaryPrimitives.ReadInt16BigEndian(batch[TypePosition..]) == 1;

    private static void WriteRecord(Span<byte> record, bool commit, int coordinatorEpoch)
    {
        record[0] = (RecordSize - 1) << 1; // zigzag varints: length, then attributes, two deltas, key length
        record[4] = 4 << 1;
        BinaryPrimitives.WriteInt16BigEndian(record[7..], commit ? (short)1 : (short)0);
        record[9] = 6 << 1;
        BinaryPrimitives.WriteInt32BigEndian(record[12..], coordinatorEpoch);
    }
}
