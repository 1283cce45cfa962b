using System.Buffers.Binary;
using System.Text;
using StreamInference.Broker.Logs;
using Record = StreamInference.Broker.Logs.Record;

namespace StreamInference.Broker.Tests.Logs;

/// <summary>Record batches as a client would make them.</summary>
internal sealed record TestBatch
{
    public IReadOnlyList<(string? Key, string? Value)> Records { get; init; } = [("key", "value")];

    public long ProducerId { get; init; } = -1;

    public short Epoch { get; init; } = -1;

    public int BaseSequence { get; init; } = -1;

    public bool Transactional { get; init; }

    public long Timestamp { get; init; } = 1_000_000;

    public static TestBatch Of(int count, long timestamp = 1_000_000) =>
        new() { Records = [.. Enumerable.Range(0, count).Select(static i => ((string?)$"key-{i}", (string?)$"value-{i}"))], Timestamp = timestamp };

    public static TestBatch Idempotent(long producerId, short epoch, int sequence, int count = 1, bool transactional = false) =>
        Of(count) with { ProducerId = producerId, Epoch = epoch, BaseSequence = sequence, Transactional = transactional };

    public byte[] ToBytes()
    {
        using var records = new MemoryStream();
        for (var i = 0; i < Records.Count; i++) WriteRecord(records, i, Records[i].Key, Records[i].Value);
        var batch = new byte[BatchHeader.Size + records.Length];
        records.ToArray().CopyTo(batch, BatchHeader.Size);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - BatchHeader.LogOverhead);
        batch[16] = 2;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), Transactional ? (short)0x10 : (short)0);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), Records.Count - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), Timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), Timestamp + Records.Count - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), Epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), Records.Count);
        return Seal(batch);
    }

    /// <summary>Sets the checksum right again.</summary>
    public static byte[] Seal(byte[] batch)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), Crc32C.Compute(batch.AsSpan(BatchHeader.AttributesPosition)));
        return batch;
    }

    /// <summary>The records of whole batches that follow each other, with their offsets.</summary>
    public static List<(long Offset, string? Key, string? Value)> Read(ReadOnlySpan<byte> batches)
    {
        var read = new List<(long, string?, string?)>();
        while (!batches.IsEmpty)
        {
            var header = new BatchHeader(batches);
            var batch = batches[..header.SizeInBytes];
            batches = batches[header.SizeInBytes..];
            if (header.IsControl) continue;
            var reader = new RecordReader(Compression.Decompress(header.Compression, batch[BatchHeader.Size..]), header.BaseTimestamp);
            while (reader.MoveNext()) read.Add((header.BaseOffset + reader.Current.OffsetDelta, KeyOf(reader.Current), ValueOf(reader.Current)));
        }
        return read;
    }

    private static string? KeyOf(Record record) => record.HasKey ? Encoding.UTF8.GetString(record.Key) : null;

    private static string? ValueOf(Record record)
    {
        if (!record.HasValue) return null;
        var rest = record.Encoded[(record.KeyPosition + Math.Max(0, record.KeyLength))..];
        Varint.TryRead(ref rest, out var length);
        return Encoding.UTF8.GetString(rest[..(int)length]);
    }

    private static void WriteRecord(MemoryStream into, int index, string? key, string? value)
    {
        using var record = new MemoryStream();
        record.WriteByte(0);
        WriteVarint(record, index); // a millisecond apart
        WriteVarint(record, index);
        WriteBytes(record, key);
        WriteBytes(record, value);
        WriteVarint(record, 0);
        WriteVarint(into, record.Length);
        record.WriteTo(into);
    }

    private static void WriteBytes(MemoryStream into, string? text)
    {
        WriteVarint(into, text is null ? -1 : Encoding.UTF8.GetByteCount(text));
        if (text is not null) into.Write(Encoding.UTF8.GetBytes(text));
    }

    private static void WriteVarint(MemoryStream into, long value)
    {
        Span<byte> bytes = stackalloc byte[10];
        into.Write(bytes[..Varint.Write(bytes, value)]);
    }
}
