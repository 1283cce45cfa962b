using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Logs;

/// <summary>What a read found: whole batches, and the offset after the last of them.</summary>
internal readonly record struct LogSlice(RecordData Records, long NextOffset);

/// <summary>
/// The log of one partition: segments of opaque batches, the producers' state and the last stable offset. On one node
/// whatever is appended is committed, so the end offset is the high watermark too. Owned by the loop.
/// </summary>
internal sealed partial class PartitionLog : IDisposable
{
    private readonly SegmentStore _store;
    private readonly List<LogSegment> _segments;

    /// <summary>Opens what the store has; a new log starts at offset 0.</summary>
    public PartitionLog(SegmentStore store, LogOptions options, long now = 0)
    {
        _store = store;
        Options = options;
        _segments = store.Open(Producers, now);
        StartOffset = _segments.Count == 0 ? store.StartOffset : Math.Max(store.StartOffset, _segments[0].BaseOffset);
        EndOffset = _segments.Count == 0 ? StartOffset : Math.Max(StartOffset, _segments[^1].EndOffset);
    }

    public const int LeaderEpoch = 0;

    public LogOptions Options { get; set; }

    public ProducerStates Producers { get; } = new();

    public long StartOffset { get; private set; }

    /// <summary>The offset that the next record gets; the high watermark.</summary>
    public long EndOffset { get; private set; }

    public long LastStableOffset => Producers.FirstOpenOffset ?? EndOffset;

    public long Size => _segments.Sum(static segment => (long)segment.Size);

    public IReadOnlyList<LogSegment> Segments => _segments;

    /// <summary>Appends a batch that passed every check, patching its offset in place, and returns that offset.</summary>
    public long Append(Span<byte> batch, long now)
    {
        var baseOffset = EndOffset;
        BatchHeader.Place(batch, baseOffset, LeaderEpoch);
        var segment = SegmentFor(batch.Length, now);
        segment.Append(batch);
        segment.LastAppendAt = now;
        Producers.Track(batch, now);
        EndOffset = new BatchHeader(batch).LastOffset + 1;
        return baseOffset;
    }

    /// <summary>
    /// Whole batches from the one that holds <paramref name="offset"/> up to <paramref name="upperBound"/> (exclusive, by
    /// base offset), at most <paramref name="maxBytes"/>; the first one whatever its size where <paramref name="atLeastOne"/>.
    /// </summary>
    public LogSlice Read(long offset, long upperBound, int maxBytes, bool atLeastOne, LeasedBuffers buffers)
    {
        var records = new RecordData();
        var next = offset;
        for (var i = SegmentIndex(offset); i < _segments.Count && next < upperBound; i++)
        {
            var segment = _segments[i];
            var first = segment.Find(offset);
            var last = LastToRead(segment, first, upperBound, maxBytes - records.Length, atLeastOne && records.Length == 0);
            if (last >= first)
            {
                records.Add(segment.Read(first, last, buffers));
                next = segment.Entries[last].LastOffset + 1;
            }
            if (last < segment.Entries.Count - 1) break;
        }
        return new LogSlice(records, next);
    }

    /// <summary>The first batch whose newest record is at or after the time: (timestamp, base offset), or null.</summary>
    public (long Timestamp, long Offset)? FindByTime(long timestamp)
    {
        foreach (var segment in _segments)
        {
            if (segment.MaxTimestamp < timestamp) continue;
            foreach (var entry in segment.Entries)
            {
                if (entry.MaxTimestamp >= timestamp && entry.LastOffset >= StartOffset)
                    return FirstRecordAt(segment, entry, timestamp);
            }
        }
        return null;
    }

    /// <summary>The batch with the newest record: (timestamp, last offset), or null for an empty log.</summary>
    public (long Timestamp, long Offset)? FindMaxTimestamp()
    {
        (long Timestamp, long Offset)? newest = null;
        foreach (var segment in _segments)
        {
            foreach (var entry in segment.Entries)
            {
                if (entry.LastOffset >= StartOffset && (newest is null || entry.MaxTimestamp > newest.Value.Timestamp))
                    newest = (entry.MaxTimestamp, entry.LastOffset);
            }
        }
        return newest;
    }

    /// <summary>Makes everything before the offset invisible and frees the segments that lie before it.</summary>
    public void AdvanceStart(long offset)
    {
        if (offset <= StartOffset) return;
        StartOffset = offset;
        _store.SaveStart(offset);
        while (_segments.Count > 0 && _segments[0].EndOffset <= offset) RemoveFirst();
        Producers.ForgetBefore(offset);
    }

    /// <summary>Deletes the log with its files.</summary>
    public void Delete()
    {
        foreach (var segment in _segments) segment.Storage.Delete();
        _segments.Clear();
        _store.Delete();
    }

    public void Dispose()
    {
        foreach (var segment in _segments) segment.Storage.Dispose();
    }

    private static int LastToRead(LogSegment segment, int first, long upperBound, int maxBytes, bool atLeastOne)
    {
        var last = first - 1;
        for (long bytes = 0; last + 1 < segment.Entries.Count; last++)
        {
            var entry = segment.Entries[last + 1];
            bytes += entry.Size;
            if (entry.BaseOffset >= upperBound || (bytes > maxBytes && !(atLeastOne && last < first))) break;
        }
        return last;
    }

    private static (long Timestamp, long Offset) FirstRecordAt(LogSegment segment, BatchEntry entry, long timestamp)
    {
        using var buffers = new LeasedBuffers();
        var batch = segment.Storage.Read(entry.Position, entry.Size, buffers);
        return RecordReader.FirstAtOrAfter(batch.Span, timestamp) ?? (entry.MaxTimestamp, entry.BaseOffset);
    }

    private LogSegment SegmentFor(int bytes, long now)
    {
        var active = _segments.Count == 0 ? null : _segments[^1];
        if (active is not null && !IsFull(active, bytes, now)) return active;
        var segment = _store.Create(EndOffset, bytes, now, Options);
        _segments.Add(segment);
        if (active is not null) ApplyRetention(now);
        return segment;
    }

    private bool IsFull(LogSegment active, int bytes, long now) =>
        !active.Storage.HasRoom(bytes)
        || (active.Size > 0 && active.Size + (long)bytes > Options.SegmentBytes)
        || now - active.CreatedAt > Options.SegmentMs;

    /// <summary>The index of the segment that holds the offset, or of the first one after it.</summary>
    private int SegmentIndex(long offset)
    {
        var (low, high) = (0, _segments.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_segments[middle].EndOffset <= offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private void RemoveFirst()
    {
        _segments[0].Storage.Delete();
        _segments.RemoveAt(0);
    }
}
