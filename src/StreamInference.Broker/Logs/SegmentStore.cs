namespace StreamInference.Broker.Logs;

/// <summary>Creates the segments of one log, and finds those of an earlier run.</summary>
internal abstract class SegmentStore
{
    /// <summary>Where the log of an earlier run started, if it was moved by more than whole segments.</summary>
    public long StartOffset { get; protected set; }

    /// <summary>Compaction makes no segment larger than this of smaller ones.</summary>
    public abstract long MergeBytes { get; }

    /// <summary>The segments that exist, oldest first; their batches were fed to the producers' state as of now.</summary>
    public abstract List<LogSegment> Open(ProducerStates producers, long now);

    public abstract LogSegment Create(long baseOffset, int firstBatchBytes, long now, LogOptions options);

    /// <summary>
    /// One segment with these batches in the place of consecutive ones, whose bytes are given up. Other segments may not
    /// lie between them.
    /// </summary>
    public abstract LogSegment Replace(IReadOnlyList<LogSegment> old, IReadOnlyList<byte[]> batches);

    public abstract void SaveStart(long offset);

    public abstract void Delete();
}
