using StreamInference.Records;

namespace StreamInference.Batching;

/// <summary>
/// Holds at most one waiting record for each key, the newest: for streams whose readers want the present and not the past, such as cameras.
/// A record that is superseded while it waits is handed back, so that its offset is closed without a result and the drop is counted. Keys
/// come out in the order in which they began to wait: one that is superseded keeps its place. Records without a key supersede nothing.
/// </summary>
/// <remarks>Owned by the worker loop. Holds the lease of each waiting record.</remarks>
public sealed class LatestOnlyBuffer
{
    // Waiting records in the order of their places; a place is empty once its record was taken or dropped.
    private readonly Queue<int> _order = new();
    private readonly List<Place> _places = [];
    private readonly Stack<int> _free = new();
    private readonly Dictionary<byte[], int> _keys = new(RecordKeyComparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _keysBySpan;

    /// <summary>Creates an empty buffer.</summary>
    public LatestOnlyBuffer() => _keysBySpan = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Records waiting.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a record in.</summary>
    /// <param name="record">The record; its lease is held while it waits.</param>
    /// <param name="superseded">The older record of the same key. The caller holds its lease from now on, and releases it.</param>
    /// <returns>Whether a record was superseded.</returns>
    public bool Offer(in StreamRecord record, out StreamRecord superseded)
    {
        record.Lease.Retain();
        superseded = default;
        if (record.HasKey && _keysBySpan.TryGetValue(record.Key, out int at))
        {
            superseded = _places[at].Record;
            _places[at] = _places[at] with { Record = record };
            return true;
        }

        Append(record, record.HasKey ? record.Key.ToArray() : null);
        return false;
    }

    /// <summary>Moves records into a batch, those of the longest waiting keys first.</summary>
    /// <param name="batch">Holds the leases from now on.</param>
    /// <param name="room">At most so many are moved.</param>
    /// <param name="now">A timestamp of the pipeline's clock.</param>
    public void MoveTo(MicroBatch batch, int room, long now)
    {
        ArgumentNullException.ThrowIfNull(batch);
        while (room > 0 && _order.TryDequeue(out int at))
        {
            if (_places[at].IsEmpty)
            {
                _free.Push(at);
                continue;
            }

            batch.Add(_places[at].Record, now);
            Empty(at);
            _free.Push(at);
            room--;
        }
    }

    /// <summary>Forgets the records of a partition that goes away; they get no result from this worker.</summary>
    /// <param name="assignment">The stay of the partition.</param>
    /// <returns>How many there were.</returns>
    public int Remove(PartitionAssignment assignment)
    {
        int before = Count;
        for (int at = 0; at < _places.Count; at++)
            if (!_places[at].IsEmpty && ReferenceEquals(_places[at].Record.Assignment, assignment)) Empty(at);
        return before - Count;
    }

    /// <summary>Forgets every record.</summary>
    public void Clear()
    {
        for (int at = 0; at < _places.Count; at++)
            if (!_places[at].IsEmpty) Empty(at);
    }

    private void Append(in StreamRecord record, byte[]? key)
    {
        if (!_free.TryPop(out int at))
        {
            at = _places.Count;
            _places.Add(default);
        }

        _places[at] = new Place(record, key, IsOccupied: true);
        _order.Enqueue(at);
        if (key is not null) _keys.Add(key, at);
        Count++;
    }

    private void Empty(int at)
    {
        if (_places[at].Key is { } key) _keys.Remove(key);
        _places[at].Record.Lease.Release();
        _places[at] = default;
        Count--;
    }

    private readonly record struct Place(StreamRecord Record, byte[]? Key, bool IsOccupied)
    {
        public bool IsEmpty => !IsOccupied;
    }
}
