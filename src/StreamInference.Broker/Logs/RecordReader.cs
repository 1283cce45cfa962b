namespace StreamInference.Broker.Logs;

/// <summary>One record of a batch: where it is, and the spans of its parts in the (decompressed) records.</summary>
internal readonly ref struct Record
{
    public int OffsetDelta { get; init; }

    public long Timestamp { get; init; }

    public bool HasKey => KeyLength >= 0;

    public int KeyPosition { get; init; }

    public int KeyLength { get; init; }

    public ReadOnlySpan<byte> Key => HasKey ? Encoded.Slice(KeyPosition, KeyLength) : default;

    /// <summary>False for a tombstone.</summary>
    public bool HasValue { get; init; }

    /// <summary>The record after its length, as it is encoded.</summary>
    public ReadOnlySpan<byte> Encoded { get; init; }
}

/// <summary>
/// Reads the records inside a batch: only for the rare questions that batches cannot answer (a timestamp look-up,
/// compaction). Everything else leaves batches opaque.
/// </summary>
internal ref struct RecordReader(ReadOnlySpan<byte> records, long baseTimestamp)
{
    private ReadOnlySpan<byte> _records = records;

    public Record Current { get; private set; }

    /// <summary>Moves to the next record; false at the end, and where the rest is no record.</summary>
    public bool MoveNext()
    {
        if (_records.IsEmpty || !Varint.TryRead(ref _records, out var length) || length <= 0 || length > _records.Length) return false;
        var encoded = _records[..(int)length];
        _records = _records[(int)length..];
        var rest = encoded[1..];
        if (!Varint.TryRead(ref rest, out var timestampDelta) || !Varint.TryRead(ref rest, out var offsetDelta)) return false;
        if (!TrySkipBytes(ref rest, out var keyLength)) return false;
        var keyPosition = encoded.Length - rest.Length - Math.Max(0, keyLength);
        if (!TrySkipBytes(ref rest, out var valueLength)) return false;
        Current = new Record
        {
            OffsetDelta = (int)offsetDelta,
            Timestamp = baseTimestamp + timestampDelta,
            KeyPosition = keyPosition,
            KeyLength = keyLength,
            HasValue = valueLength >= 0,
            Encoded = encoded,
        };
        return true;
    }

    /// <summary>The first record of a batch at or after the time, by (timestamp, offset); null if the batch cannot be read.</summary>
    public static (long Timestamp, long Offset)? FirstAtOrAfter(ReadOnlySpan<byte> batch, long timestamp)
    {
        var header = new BatchHeader(batch);
        if (Compression.Decompress(header.Compression, batch[BatchHeader.Size..]) is not { } records) return null;
        var reader = new RecordReader(records, header.BaseTimestamp);
        while (reader.MoveNext())
        {
            if (reader.Current.Timestamp >= timestamp) return (reader.Current.Timestamp, header.BaseOffset + reader.Current.OffsetDelta);
        }
        return null;
    }

    /// <summary>Moves past a length and its bytes; a length of -1 means null.</summary>
    private static bool TrySkipBytes(ref ReadOnlySpan<byte> rest, out int length)
    {
        length = -1;
        if (!Varint.TryRead(ref rest, out var count) || count > rest.Length) return false;
        if (count < 0) return true;
        length = (int)count;
        rest = rest[length..];
        return true;
    }
}
