using System.Buffers.Binary;

namespace StreamInference.Broker.Logs;

/// <summary>
/// Makes a batch with some of another one's records. Offsets, sequences and times are kept as they are (the deltas too),
/// so readers see gaps and nothing else; the records are left uncompressed.
/// </summary>
internal sealed class BatchRewriter(byte[] original, int recordBytes)
{
    private const int LengthBytes = 5;

    private readonly byte[] _batch = new byte[BatchHeader.Size + recordBytes + LengthBytes];
    private int _length = BatchHeader.Size;

    public int Count { get; private set; }

    /// <summary>The batch without any record: it only keeps its producer's sequence and epoch.</summary>
    public static byte[] Empty(byte[] original) => new BatchRewriter(original, 0).Finish();

    public void Add(Record record)
    {
        _length += Varint.Write(_batch.AsSpan(_length), record.Encoded.Length);
        record.Encoded.CopyTo(_batch.AsSpan(_length));
        _length += record.Encoded.Length;
        Count++;
    }

    public byte[] Finish()
    {
        var batch = _batch.AsSpan(0, _length);
        original.AsSpan(0, BatchHeader.Size).CopyTo(batch);
        var attributes = (short)(new BatchHeader(batch).Attributes & ~0x07);
        BinaryPrimitives.WriteInt32BigEndian(batch[8..], _length - BatchHeader.LogOverhead);
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.AttributesPosition..], attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch[57..], Count);
        BinaryPrimitives.WriteUInt32BigEndian(batch[17..], Crc32C.Compute(batch[BatchHeader.AttributesPosition..]));
        return batch.ToArray();
    }
}
