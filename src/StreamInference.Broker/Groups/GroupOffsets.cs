using StreamInference.Broker.State;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Groups;

/// <summary>A committed offset as the client gave it.</summary>
internal readonly record struct CommittedOffset(long Offset, int LeaderEpoch, string? Metadata, long Timestamp);

/// <summary>
/// The offsets of one group: committed ones, and those that wait for the end of a producer's transaction. Every change
/// goes to the journal.
/// </summary>
internal sealed class GroupOffsets(string groupId, StateJournal journal)
{
    private readonly Dictionary<TopicPartition, CommittedOffset> _committed = [];
    private readonly Dictionary<long, Dictionary<TopicPartition, CommittedOffset>> _pending = [];

    public IReadOnlyDictionary<TopicPartition, CommittedOffset> Committed => _committed;

    public bool IsEmpty => _committed.Count == 0 && _pending.Count == 0;

    /// <summary>Whether an open transaction is about to commit this partition's offset.</summary>
    public bool IsUnstable(TopicPartition partition) => _pending.Values.Any(offsets => offsets.ContainsKey(partition));

    public void Commit(IReadOnlyList<KeyValuePair<TopicPartition, CommittedOffset>> offsets)
    {
        foreach (var (partition, offset) in offsets) _committed[partition] = offset;
        journal.Write(Entry(OffsetsChange.Commit, -1, offsets));
    }

    public void AddPending(long producerId, IReadOnlyList<KeyValuePair<TopicPartition, CommittedOffset>> offsets)
    {
        if (!_pending.TryGetValue(producerId, out var pending)) _pending.Add(producerId, pending = []);
        foreach (var (partition, offset) in offsets) pending[partition] = offset;
        journal.Write(Entry(OffsetsChange.AddPending, producerId, offsets));
    }

    /// <summary>Applies or drops what the producer's transaction left here.</summary>
    public void EndTransaction(long producerId, bool commit)
    {
        if (!_pending.Remove(producerId, out var offsets)) return;
        if (commit)
        {
            foreach (var (partition, offset) in offsets) _committed[partition] = offset;
        }
        journal.Write(Entry(commit ? OffsetsChange.CommitPending : OffsetsChange.DropPending, producerId, []));
    }

    public void Delete(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions) _committed.Remove(partition);
        journal.Write(Entry(OffsetsChange.Delete, -1, [.. partitions.Select(static partition => KeyValuePair.Create(partition, default(CommittedOffset)))]));
    }

    public void DeleteAll()
    {
        _committed.Clear();
        _pending.Clear();
        journal.Write(Entry(OffsetsChange.DeleteGroup, -1, []));
    }

    /// <summary>Applies an entry of the journal, of this run's past or an earlier run's.</summary>
    public void Restore(OffsetsEntry entry)
    {
        var offsets = entry.Offsets.ToDictionary(
            static each => new TopicPartition(each.Topic, each.Partition),
            static each => new CommittedOffset(each.Offset, each.LeaderEpoch, each.Metadata, each.Timestamp));
        switch ((OffsetsChange)entry.Change)
        {
            case OffsetsChange.Commit: Put(offsets, _committed); break;
            case OffsetsChange.AddPending:
                if (!_pending.TryGetValue(entry.ProducerId, out var pending)) _pending.Add(entry.ProducerId, pending = []);
                Put(offsets, pending);
                break;
            case OffsetsChange.CommitPending:
                if (_pending.Remove(entry.ProducerId, out var done)) Put(done, _committed);
                break;
            case OffsetsChange.DropPending: _pending.Remove(entry.ProducerId); break;
            case OffsetsChange.Delete:
                foreach (var partition in offsets.Keys) _committed.Remove(partition);
                break;
            default:
                _committed.Clear();
                _pending.Clear();
                break;
        }
    }

    /// <summary>The entries that make these offsets again from nothing.</summary>
    public IEnumerable<OffsetsEntry> Snapshot()
    {
        if (_committed.Count > 0) yield return Entry(OffsetsChange.Commit, -1, [.. _committed]);
        foreach (var (producerId, offsets) in _pending) yield return Entry(OffsetsChange.AddPending, producerId, [.. offsets]);
    }

    private static void Put(Dictionary<TopicPartition, CommittedOffset> from, Dictionary<TopicPartition, CommittedOffset> into)
    {
        foreach (var (partition, offset) in from) into[partition] = offset;
    }

    private OffsetsEntry Entry(OffsetsChange change, long producerId, IReadOnlyList<KeyValuePair<TopicPartition, CommittedOffset>> offsets) => new()
    {
        GroupId = groupId,
        Change = (sbyte)change,
        ProducerId = producerId,
        Offsets = [.. offsets.Select(static pair => new OffsetEntry
        {
            Topic = pair.Key.Topic,
            Partition = pair.Key.Partition,
            Offset = pair.Value.Offset,
            LeaderEpoch = pair.Value.LeaderEpoch,
            Metadata = pair.Value.Metadata,
            Timestamp = pair.Value.Timestamp,
        })],
    };
}
