namespace StreamInference.Broker.Logs;

/// <summary>
/// One compaction of one log: first it learns the newest offset of each key, then it says which batches remain of a group
/// of segments. Records of aborted transactions go; a marker goes once nothing of its transaction is left and it is old;
/// so does a tombstone. A batch that is the newest of its producer keeps at least its header, so that a restart still
/// knows the producer's sequence (as Kafka's <c>Cleaner</c> does).
/// </summary>
internal sealed class Compaction(ProducerStates producers, long deleteRetentionMs, long now)
{
    private readonly Dictionary<RecordKey, long> _newest = [];
    private readonly HashSet<long> _keptTransactions = [];

    /// <summary>Takes note of the keys of a segment; segments come in order.</summary>
    public void Learn(LogSegment segment)
    {
        foreach (var batch in Batches(segment))
        {
            var header = new BatchHeader(batch);
            if (header.IsControl || IsAborted(header) || Open(batch) is not { } records) continue;
            var reader = new RecordReader(records, header.BaseTimestamp);
            while (reader.MoveNext())
            {
                if (reader.Current.HasKey) _newest[new RecordKey(reader.Current.Key.ToArray())] = header.BaseOffset + reader.Current.OffsetDelta;
            }
        }
    }

    /// <summary>The batches that remain, in order, and whether any changed.</summary>
    public (List<byte[]> Batches, bool Changed) Keep(IReadOnlyList<LogSegment> group)
    {
        var kept = new List<byte[]>();
        var changed = false;
        foreach (var segment in group)
        {
            var isOld = now - segment.CreatedAt > deleteRetentionMs;
            foreach (var batch in Batches(segment))
            {
                var result = Keep(batch, isOld);
                changed |= !ReferenceEquals(result, batch);
                if (result is not null) kept.Add(result);
            }
        }
        return (kept, changed);
    }

    /// <summary>Consecutive segments that together are small enough to be one.</summary>
    public static IEnumerable<IReadOnlyList<LogSegment>> Group(IReadOnlyList<LogSegment> segments, long maxBytes)
    {
        var group = new List<LogSegment>();
        long bytes = 0;
        foreach (var segment in segments)
        {
            if (group.Count > 0 && bytes + segment.Size > maxBytes)
            {
                yield return group;
                group = [];
                bytes = 0;
            }
            group.Add(segment);
            bytes += segment.Size;
        }
        if (group.Count > 0) yield return group;
    }

    private byte[]? Keep(byte[] batch, bool isOld)
    {
        var header = new BatchHeader(batch);
        if (header.IsControl)
        {
            var guardsRecords = _keptTransactions.Remove(header.ProducerId);
            return isOld && !guardsRecords ? null : batch;
        }
        var rewritten = IsAborted(header) ? BatchRewriter.Empty(batch) : Filter(batch, isOld);
        if (new BatchHeader(rewritten).Count == 0 && !IsNewestOfItsProducer(header)) return null;
        if (header.IsTransactional) _keptTransactions.Add(header.ProducerId);
        return rewritten;
    }

    private byte[] Filter(byte[] batch, bool isOld)
    {
        var header = new BatchHeader(batch);
        if (Open(batch) is not { } records) return batch; // what cannot be opened is kept as it is
        var reader = new RecordReader(records, header.BaseTimestamp);
        var rewriter = new BatchRewriter(batch, records.Length);
        while (reader.MoveNext())
        {
            if (IsKept(reader.Current, header.BaseOffset, isOld)) rewriter.Add(reader.Current);
        }
        return rewriter.Count == header.Count ? batch : rewriter.Finish();
    }

    private bool IsKept(Record record, long baseOffset, bool isOld)
    {
        if (!record.HasKey) return true;
        var isNewest = _newest[new RecordKey(record.Key.ToArray())] == baseOffset + record.OffsetDelta;
        return isNewest && (record.HasValue || !isOld);
    }

    private bool IsAborted(BatchHeader header)
    {
        if (!header.IsTransactional) return false;
        var overlapping = new List<AbortedTransaction>();
        producers.CollectAborted(header.BaseOffset, header.BaseOffset + 1, overlapping);
        foreach (var aborted in overlapping)
        {
            if (aborted.ProducerId == header.ProducerId) return true;
        }
        return false;
    }

    private bool IsNewestOfItsProducer(BatchHeader header) =>
        header.HasProducer && producers.Find(header.ProducerId)?.LastBatchOffset == header.BaseOffset;

    private static byte[]? Open(ReadOnlySpan<byte> batch) =>
        Compression.Decompress(new BatchHeader(batch).Compression, batch[BatchHeader.Size..]);

    private static IEnumerable<byte[]> Batches(LogSegment segment)
    {
        foreach (var entry in segment.Entries)
        {
            using var buffers = new LeasedBuffers();
            yield return segment.Storage.Read(entry.Position, entry.Size, buffers).ToArray();
        }
    }
}
