namespace StreamInference.Broker.Logs;

/// <summary>
/// Segments in memory. They start small, for the many topics that stay small, and double up to a size at which the cost
/// of a further one no longer counts.
/// </summary>
internal sealed class MemorySegmentStore : SegmentStore
{
    private const int SmallestSegment = 16 * 1024;
    private const int LargestSegment = 4 * 1024 * 1024;

    private int _nextCapacity = SmallestSegment;

    public override long MergeBytes => LargestSegment;

    public override List<LogSegment> Open(ProducerStates producers, long now) => [];

    public override LogSegment Create(long baseOffset, int firstBatchBytes, long now, LogOptions options)
    {
        var capacity = Math.Max(firstBatchBytes, (int)Math.Min(_nextCapacity, options.SegmentBytes));
        _nextCapacity = Math.Min(_nextCapacity * 2, LargestSegment);
        return new LogSegment(baseOffset, now, new MemorySegmentStorage(capacity));
    }

    public override LogSegment Replace(IReadOnlyList<LogSegment> old, IReadOnlyList<byte[]> batches)
    {
        var storage = new MemorySegmentStorage(batches.Sum(static batch => batch.Length));
        var segment = new LogSegment(old[0].BaseOffset, old[^1].CreatedAt, storage) { LastAppendAt = old[^1].LastAppendAt };
        foreach (var batch in batches) segment.Append(batch);
        return segment;
    }

    public override void SaveStart(long offset)
    {
    }

    public override void Delete()
    {
    }
}
