using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Progress;

/// <summary>
/// Knows which keys of one partition are live in the progress topic, and so which of them a commit must delete once the committed offset passes
/// their request. Owned by the worker loop; changes only with a definite commit.
/// </summary>
internal sealed class ProgressLedger
{
    private readonly SortedDictionary<long, SortedSet<int>> _live = [];

    public ProgressLedger(RestoredProgress restored)
    {
        foreach (RequestProgress request in restored.Requests) _live[request.Offset] = [.. request.Slots.Keys];
    }

    /// <summary>Requests that have live keys.</summary>
    public IReadOnlyCollection<long> LiveRequests => _live.Keys;

    /// <summary>
    /// The writes of a transaction that brings the committed offset to <paramref name="prefix"/>: entries of requests above it, and tombstones for
    /// all live keys below it. Of several writes to a key only the last goes out.
    /// </summary>
    public void Collect(PartitionAssignment assignment, long prefix, IReadOnlyList<(ResultBatch Batch, ProgressEntry Entry)> entries, List<ProgressWrite> into)
    {
        Dictionary<(long Offset, int Slot), ProgressWrite> last = [];
        foreach ((ResultBatch batch, ProgressEntry entry) in entries)
        {
            long offset = entry.Record.Offset;
            if (!ReferenceEquals(entry.Record.Assignment, assignment) || offset < prefix) continue;
            // A tombstone for a key that no commit has written deletes nothing.
            if (entry.IsTombstone && !IsLive(offset, entry.Slot)) last.Remove((offset, entry.Slot));
            else last[(offset, entry.Slot)] = new ProgressWrite(assignment, offset, entry.Slot, entry.IsTombstone ? null : batch, entry.Start, Math.Max(0, entry.Length));
        }

        into.AddRange(last.Values);
        foreach ((long offset, SortedSet<int> slots) in _live)
        {
            if (offset >= prefix) break;
            foreach (int slot in slots) into.Add(new ProgressWrite(assignment, offset, slot, null, 0, 0));
        }
    }

    /// <summary>Notes a write that was committed.</summary>
    public void MarkCommitted(in ProgressWrite write)
    {
        if (write.Batch is not null)
        {
            if (!_live.TryGetValue(write.Offset, out SortedSet<int>? slots)) _live[write.Offset] = slots = [];
            slots.Add(write.Slot);
            return;
        }

        if (!_live.TryGetValue(write.Offset, out SortedSet<int>? left)) return;
        left.Remove(write.Slot);
        if (left.Count == 0) _live.Remove(write.Offset);
    }

    private bool IsLive(long offset, int slot) => _live.TryGetValue(offset, out SortedSet<int>? slots) && slots.Contains(slot);
}
