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

    public override List<LogSegment> Open(ProducerStates producers) => [];

    public override LogSegment Create(long baseOffset, int firstBatchBytes, long now, LogOptions options)
    {
        var capacity = Math.Max(firstBatchBytes, (int)Math.Min(_nextCapacity, options.SegmentBytes));
        _nextCapacity = Math.Min(_nextCapacity * 2, LargestSegment);
        return new LogSegment(baseOffset, now, new MemorySegmentStorage(capacity));
    }

    public override void SaveStart(long offset)
    {
    }

    public override void Delete()
    {
    }
}
