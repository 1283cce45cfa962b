namespace StreamInference.Llm.Tokenization.Models;

/// <summary>A binary heap of (rank, position), lowest first, over memory of the caller's that is large enough.</summary>
internal ref struct MergeQueue(Span<ulong> heap)
{
    private readonly Span<ulong> _heap = heap;
    private int _count;

    public void Push(int rank, int position)
    {
        ulong entry = ((ulong)(uint)rank << 32) | (uint)position;
        int at = _count++;
        while (at > 0)
        {
            int parent = (at - 1) >> 1;
            if (_heap[parent] <= entry)
                break;
            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = entry;
    }

    public bool TryPop(out int rank, out int position)
    {
        if (_count == 0)
        {
            rank = position = 0;
            return false;
        }

        rank = (int)(_heap[0] >> 32);
        position = (int)(uint)_heap[0];
        ulong last = _heap[--_count];
        int at = 0;
        for (int child = 1; child < _count; child = (at * 2) + 1)
        {
            if (child + 1 < _count && _heap[child + 1] < _heap[child])
                child++;
            if (last <= _heap[child])
                break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
        return true;
    }
}
