namespace StreamInference.Broker.Logs;

/// <summary>Retention and compaction.</summary>
internal sealed partial class PartitionLog
{
    private long _compactedUpTo;

    /// <summary>Drops whole segments that are too old or too much, never one that an open transaction reaches into.</summary>
    public void ApplyRetention(long now)
    {
        if (!Options.Delete) return;
        var size = Size;
        var stable = LastStableOffset;
        foreach (var segment in _segments.ToList())
        {
            if (segment.Size == 0 || segment.EndOffset > stable || !(IsTooOld(segment, now) || IsTooMuch(segment, size))) return;
            size -= segment.Size;
            AdvanceStart(segment.EndOffset);
        }
    }

    /// <summary>
    /// Keeps only the newest record of each key in the segments before the active one and below the last stable offset,
    /// where enough of them is new (<c>min.cleanable.dirty.ratio</c>). Returns whether anything was rewritten.
    /// </summary>
    public bool Compact(long now)
    {
        if (!Options.Compact || !IsDirtyEnough(out var cleanable)) return false;
        _compactedUpTo = cleanable[^1].EndOffset;
        var compaction = new Compaction(Producers, Options.DeleteRetentionMs, now);
        foreach (var segment in cleanable) compaction.Learn(segment);
        var cleaned = Compaction.Group(cleanable, Math.Min(Options.SegmentBytes, _store.MergeBytes))
            .Select(group => Rewrite(compaction, group)).ToList();
        _segments.RemoveRange(0, cleanable.Count);
        _segments.InsertRange(0, cleaned);
        return true;
    }

    private LogSegment Rewrite(Compaction compaction, IReadOnlyList<LogSegment> group)
    {
        var (batches, changed) = compaction.Keep(group);
        return changed || group.Count > 1 ? _store.Replace(group, batches) : group[0];
    }

    private bool IsDirtyEnough(out List<LogSegment> cleanable)
    {
        var stable = LastStableOffset;
        cleanable = [.. _segments.SkipLast(1).TakeWhile(segment => segment.EndOffset <= stable)];
        var total = cleanable.Sum(static segment => (long)segment.Size);
        var dirty = cleanable.Where(segment => segment.EndOffset > _compactedUpTo).Sum(static segment => (long)segment.Size);
        return dirty > 0 && dirty >= total * Options.MinCleanableDirtyRatio;
    }

    /// <summary>
    /// By the newest record's time, but never before the data has been here that long: a replay writes old times, and
    /// Kafka would delete its records at once.
    /// </summary>
    private bool IsTooOld(LogSegment segment, long now) =>
        Options.RetentionMs >= 0 && Math.Max(segment.MaxTimestamp, segment.LastAppendAt) < now - Options.RetentionMs;

    private bool IsTooMuch(LogSegment segment, long size) => Options.RetentionBytes >= 0 && size - segment.Size >= Options.RetentionBytes;
}
