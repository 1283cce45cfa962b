namespace StreamInference.Simulation;

/// <summary>
/// Planned transactions in order of time, equal times in order of planning: a binary heap. (The framework's queue leaves the order of
/// equal priorities open, and the order decides the records.)
/// </summary>
internal sealed class TransactionSchedule
{
    private (PlannedTransaction Planned, long Order)[] _heap = new (PlannedTransaction, long)[1_024];
    private long _planned;

    public int Count { get; private set; }

    /// <summary>Time of the next one; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextAt => Count == 0 ? long.MaxValue : _heap[0].Planned.At;

    public void Add(in PlannedTransaction planned)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, Count * 2);
        int hole = Count++;
        long order = _planned++;
        while (hole > 0)
        {
            int parent = (hole - 1) / 2;
            // What is planned later never overtakes at equal times.
            if (_heap[parent].Planned.At <= planned.At) break;
            _heap[hole] = _heap[parent];
            hole = parent;
        }

        _heap[hole] = (planned, order);
    }

    public PlannedTransaction Take()
    {
        PlannedTransaction first = _heap[0].Planned;
        (PlannedTransaction Planned, long Order) last = _heap[--Count];
        int hole = 0;
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= Count) break;
            if (child + 1 < Count && Before(_heap[child + 1], _heap[child])) child++;
            if (!Before(_heap[child], last)) break;
            _heap[hole] = _heap[child];
            hole = child;
        }

        _heap[hole] = last;
        return first;
    }

    private static bool Before(in (PlannedTransaction Planned, long Order) a, in (PlannedTransaction Planned, long Order) b) =>
        a.Planned.At < b.Planned.At || (a.Planned.At == b.Planned.At && a.Order < b.Order);
}
