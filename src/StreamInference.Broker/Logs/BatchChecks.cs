using System.Buffers.Binary;

namespace StreamInference.Broker.Logs;

/// <summary>What a produced batch must satisfy before it may be stored opaque (Kafka's <c>LogValidator</c>).</summary>
internal static class BatchChecks
{
    private const int HighestCompression = 4;

    public static ErrorCode Check(ReadOnlySpan<byte> records, int maxMessageBytes)
    {
        if (records.Length < BatchHeader.Size) return ErrorCode.CorruptMessage;
        var header = new BatchHeader(records);
        if (header.Magic != 2) return ErrorCode.UnsupportedForMessageFormat;
        if (header.SizeInBytes < BatchHeader.Size || header.SizeInBytes > records.Length) return ErrorCode.CorruptMessage;
        if (header.SizeInBytes < records.Length) return ErrorCode.InvalidRecord;
        if (records.Length > maxMessageBytes) return ErrorCode.MessageTooLarge;
        if (header.Crc != Crc32C.Compute(records[BatchHeader.AttributesPosition..])) return ErrorCode.CorruptMessage;
        return CheckFields(header);
    }

    /// <summary>Whether the bytes begin with a whole batch whose checksum is right: what recovery keeps.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> bytes, out int size)
    {
        size = 0;
        if (bytes.Length < BatchHeader.Size) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
        if (length < BatchHeader.Size - BatchHeader.LogOverhead || length > bytes.Length - BatchHeader.LogOverhead) return false;
        size = length + BatchHeader.LogOverhead;
        var header = new BatchHeader(bytes[..size]);
        return header.Magic == 2 && header.LastOffsetDelta >= 0
            && header.Crc == Crc32C.Compute(bytes[BatchHeader.AttributesPosition..size]);
    }

    private static ErrorCode CheckFields(BatchHeader header)
    {
        if (header.Count <= 0 || header.LastOffsetDelta != header.Count - 1) return ErrorCode.InvalidRecord;
        if (header.Compression > HighestCompression) return ErrorCode.UnsupportedCompressionType;
        if (header.IsControl) return ErrorCode.InvalidRecord;
        if (header.HasProducer && (header.BaseSequence < 0 || header.ProducerEpoch < 0)) return ErrorCode.InvalidRecord;
        if (header.IsTransactional && !header.HasProducer) return ErrorCode.InvalidRecord;
        return ErrorCode.None;
    }
}
