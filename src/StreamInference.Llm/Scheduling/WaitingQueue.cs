namespace StreamInference.Llm.Scheduling;

/// <summary>
/// Sequences that wait, in lanes of one fairness key and one priority. The next one is of the highest priority (waiting raises it), then of the
/// key that has been served least (the virtual token counter of Sheng et al., OSDI'24), then the oldest.
/// </summary>
internal sealed class WaitingQueue(TimeProvider time, TimeSpan agingInterval)
{
    private readonly Dictionary<string, KeyState> _keys = [];
    private readonly List<Lane> _lanes = [];

    public int Count { get; private set; }

    /// <summary>Puts a new sequence at its lane's end.</summary>
    public void Add(Sequence sequence)
    {
        Activate(sequence.Request.Key).Members++;
        LaneOf(sequence).Sequences.AddLast(sequence.Node);
        Count++;
    }

    /// <summary>Puts a preempted or undone sequence back at its lane's start; its key is still active.</summary>
    public void Return(Sequence sequence)
    {
        LaneOf(sequence).Sequences.AddFirst(sequence.Node);
        Count++;
    }

    /// <summary>Takes a sequence out to run it.</summary>
    public void Remove(Sequence sequence)
    {
        LinkedList<Sequence> list = sequence.Node.List ?? throw new InvalidOperationException("The sequence does not wait.");
        list.Remove(sequence.Node);
        Count--;
        if (list.Count == 0) _lanes.RemoveAll(lane => lane.Sequences == list);
    }

    /// <summary>Says that a sequence has ended, waiting or not.</summary>
    public void Forget(Sequence sequence)
    {
        if (sequence.Node.List is not null) Remove(sequence);
        KeyState state = _keys[sequence.Request.Key];
        if (--state.Members == 0) _keys.Remove(sequence.Request.Key);
    }

    /// <summary>Counts service against a key.</summary>
    public void Charge(Sequence sequence, long cost) => _keys[sequence.Request.Key].Served += cost;

    public long ServedOf(string key) => _keys.TryGetValue(key, out KeyState? state) ? state.Served : 0;

    /// <summary>The next sequence to run, those deferred in <paramref name="step"/> left out; null when there is none.</summary>
    public Sequence? Peek(long step)
    {
        Lane? best = null;
        long now = time.GetTimestamp(), bestPriority = 0;
        foreach (Lane lane in _lanes)
        {
            Sequence head = lane.Sequences.First!.Value;
            if (head.DeferredInStep == step) continue;
            long priority = EffectivePriority(head, now);
            if (best is not null && !Before(lane, priority, best, bestPriority)) continue;
            (best, bestPriority) = (lane, priority);
        }
        return best?.Sequences.First!.Value;
    }

    public IEnumerable<Sequence> All()
    {
        foreach (Lane lane in _lanes)
            foreach (Sequence sequence in lane.Sequences)
                yield return sequence;
    }

    /// <summary>Priority plus one for each aging interval since the request came.</summary>
    public long EffectivePriority(Sequence sequence) => EffectivePriority(sequence, time.GetTimestamp());

    private long EffectivePriority(Sequence sequence, long now)
    {
        long priority = sequence.Request.Request.Priority;
        if (agingInterval <= TimeSpan.Zero) return priority;
        return priority + time.GetElapsedTime(sequence.Request.SubmittedAt, now).Ticks / agingInterval.Ticks;
    }

    private static bool Before(Lane a, long priorityOfA, Lane b, long priorityOfB)
    {
        if (priorityOfA != priorityOfB) return priorityOfA > priorityOfB;
        if (a.Key.Served != b.Key.Served) return a.Key.Served < b.Key.Served;
        return a.Sequences.First!.Value.Request.Arrival < b.Sequences.First!.Value.Request.Arrival;
    }

    private KeyState Activate(string key)
    {
        if (_keys.TryGetValue(key, out KeyState? state)) return state;
        // A key that comes back starts level with the least served one: idling earns nothing.
        long least = long.MaxValue;
        foreach (KeyState other in _keys.Values) least = Math.Min(least, other.Served);
        return _keys[key] = new KeyState { Served = _keys.Count == 0 ? 0 : least };
    }

    private Lane LaneOf(Sequence sequence)
    {
        KeyState key = _keys[sequence.Request.Key];
        int priority = sequence.Request.Request.Priority;
        foreach (Lane known in _lanes)
            if (known.Key == key && known.Priority == priority) return known;
        Lane lane = new(key, priority);
        _lanes.Add(lane);
        return lane;
    }

    private sealed class KeyState
    {
        public long Served { get; set; }

        public int Members { get; set; }
    }

    private sealed record Lane(KeyState Key, int Priority)
    {
        public LinkedList<Sequence> Sequences { get; } = new();
    }
}
