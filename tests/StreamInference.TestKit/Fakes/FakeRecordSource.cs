using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Sources;
using StreamInference.States;

namespace StreamInference.TestKit.Fakes;

/// <summary>A source under the test's control: what is scheduled happens inside the next poll, as in a real consumer. Never waits.</summary>
public sealed class FakeRecordSource : IRecordSource
{
    private readonly Queue<Action> _events = new();
    private readonly Dictionary<(string, int), PartitionAssignment> _active = [];
    private readonly Dictionary<(string, int), List<(long Offset, MemoryRecord Record)>> _log = [];
    private readonly Dictionary<(string, int), long> _position = [];
    private readonly HashSet<PartitionAssignment> _ended = [];
    private IPartitionListener? _listener;

    public List<MemoryRecordLease> Leases { get; } = [];

    public bool IsPaused { get; private set; }

    public int Pauses { get; private set; }

    public bool IsClosed { get; private set; }

    public bool IsBounded { get; set; }

    /// <summary>Offsets without a record behind the last one of each partition, below its bound.</summary>
    public int GapAtEnd { get; set; }

    /// <summary>What an assigned partition is restored to; null: no progress is kept.</summary>
    public Func<int, RestoredProgress>? Restores { get; set; }

    /// <summary>What is remembered of the keys of an assigned partition; null: nothing.</summary>
    public Func<int, KeyedState>? RestoresStates { get; set; }

    public List<TimeSpan> Waits { get; } = [];

    public long Lag => -1;

    public bool IsExhausted => IsBounded && _events.Count == 0 && _active.Keys.All(key => _position[key] >= _log.GetValueOrDefault(key, []).Count);

    public void Start(IPartitionListener listener) => _listener = listener;

    /// <summary>Appends a record to a partition, at an offset that leaves a gap of <paramref name="gap"/>.</summary>
    public long Append(string topic, int partition, MemoryRecord record, int gap = 0)
    {
        List<(long Offset, MemoryRecord Record)> log = LogOf(topic, partition);
        long offset = (log.Count == 0 ? 0 : log[^1].Offset + 1) + gap;
        log.Add((offset, record));
        return offset;
    }

    public void ScheduleAssign(string topic, int partition, long fromOffset) => _events.Enqueue(() => Assign(topic, partition, fromOffset));

    /// <summary>Assigns at an offset that is looked up when the assignment takes place, as a group's committed offset is.</summary>
    public void ScheduleAssign(string topic, int partition, Func<long> fromOffset) => _events.Enqueue(() => Assign(topic, partition, fromOffset()));

    public void ScheduleRevoke(string topic, int partition) => _events.Enqueue(() => Remove(topic, partition, _listener!.OnRevoked));

    public void ScheduleLost(string topic, int partition) => _events.Enqueue(() => Remove(topic, partition, _listener!.OnLost));

    public bool IsAssigned(string topic, int partition) => _active.ContainsKey((topic, partition));

    public RecordLease? Poll(TimeSpan wait, int maxRecords, List<StreamRecord> into)
    {
        Waits.Add(wait);
        while (_events.TryDequeue(out Action? next)) next();
        if (IsPaused) return null;
        MemoryRecordLease lease = new();
        int taken = 0;
        foreach (((string, int) key, PartitionAssignment assignment) in _active)
        {
            List<(long Offset, MemoryRecord Record)> log = LogOf(key.Item1, key.Item2);
            while (taken < maxRecords && _position[key] < log.Count)
            {
                (long offset, MemoryRecord record) = log[(int)_position[key]++];
                into.Add(new StreamRecord(lease, lease.Add(record), assignment, offset, record.Timestamp));
                taken++;
            }
        }

        if (IsBounded) TellEnds();
        if (taken == 0) return null;
        Leases.Add(lease);
        return lease;
    }

    public void Pause()
    {
        IsPaused = true;
        Pauses++;
    }

    public void Resume() => IsPaused = false;

    public void Wake()
    {
    }

    public void Close()
    {
        if (IsClosed) return;
        IsClosed = true;
        foreach ((string topic, int partition) in _active.Keys.ToArray()) Remove(topic, partition, _listener!.OnRevoked);
    }

    public void Dispose()
    {
    }

    private void TellEnds()
    {
        foreach (((string, int) key, PartitionAssignment assignment) in _active)
        {
            List<(long Offset, MemoryRecord Record)> log = LogOf(key.Item1, key.Item2);
            if (_position[key] == log.Count && _ended.Add(assignment)) _listener!.OnEnded(assignment, (log.Count == 0 ? 0 : log[^1].Offset + 1) + GapAtEnd);
        }
    }

    private List<(long Offset, MemoryRecord Record)> LogOf(string topic, int partition)
    {
        if (!_log.TryGetValue((topic, partition), out List<(long, MemoryRecord)>? log)) _log[(topic, partition)] = log = [];
        return log;
    }

    private void Assign(string topic, int partition, long fromOffset)
    {
        PartitionAssignment assignment = new(topic, partition) { Restored = Restores?.Invoke(partition), KeyedState = RestoresStates?.Invoke(partition) ?? new KeyedState() };
        _active[(topic, partition)] = assignment;
        _position[(topic, partition)] = LogOf(topic, partition).TakeWhile(entry => entry.Offset < fromOffset).Count();
        _listener!.OnAssigned([assignment]);
    }

    private void Remove(string topic, int partition, Action<IReadOnlyList<PartitionAssignment>> handler)
    {
        if (!_active.Remove((topic, partition), out PartitionAssignment? assignment)) return;
        handler([assignment]);
        assignment.Deactivate();
    }
}
