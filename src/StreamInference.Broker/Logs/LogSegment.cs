namespace StreamInference.Broker.Logs;

/// <summary>Where one batch lies in its segment.</summary>
internal readonly record struct BatchEntry(long BaseOffset, long LastOffset, int Position, int Size, long MaxTimestamp);

/// <summary>A run of consecutive batches with an index entry for each, so that look-ups never open a batch.</summary>
internal sealed class LogSegment(long baseOffset, long createdAt, SegmentStorage storage)
{
    private readonly List<BatchEntry> _entries = [];

    public long BaseOffset { get; } = baseOffset;

    /// <summary>Unix milliseconds of the first append; a segment is rolled and expires by it where batches carry no time.</summary>
    public long CreatedAt { get; } = createdAt;

    /// <summary>Unix milliseconds of the last append by this broker's clock.</summary>
    public long LastAppendAt { get; set; } = createdAt;

    public SegmentStorage Storage { get; } = storage;

    public IReadOnlyList<BatchEntry> Entries => _entries;

    public long MaxTimestamp { get; private set; } = -1;

    public int Size => Storage.Length;

    public long EndOffset => _entries.Count == 0 ? BaseOffset : _entries[^1].LastOffset + 1;

    public void Append(ReadOnlySpan<byte> batch)
    {
        var position = Storage.Length;
        Storage.Append(batch);
        Index(batch, position);
    }

    /// <summary>Takes note of a batch that the storage already has.</summary>
    public void Index(ReadOnlySpan<byte> batch, int position)
    {
        var header = new BatchHeader(batch);
        _entries.Add(new BatchEntry(header.BaseOffset, header.LastOffset, position, batch.Length, header.MaxTimestamp));
        MaxTimestamp = Math.Max(MaxTimestamp, header.MaxTimestamp);
    }

    /// <summary>The index of the first batch that ends at or after the offset; the count of batches if there is none.</summary>
    public int Find(long offset)
    {
        var (low, high) = (0, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].LastOffset < offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Takes note of the batches of a rewritten segment.</summary>
    public void IndexAll(IReadOnlyList<byte[]> batches)
    {
        var position = 0;
        foreach (var batch in batches)
        {
            Index(batch, position);
            position += batch.Length;
        }
    }

    public ReadOnlyMemory<byte> Read(int firstEntry, int lastEntry, LeasedBuffers buffers)
    {
        var start = _entries[firstEntry].Position;
        return Storage.Read(start, _entries[lastEntry].Position + _entries[lastEntry].Size - start, buffers);
    }
}
