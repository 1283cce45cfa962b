namespace StreamInference.Commit;

/// <summary>
/// Tracks which records of one stay of a partition are closed, and so the offset that may be committed: the end of the leading run of closed
/// records. It tracks records that were received, not offset ranges, because compaction and transaction markers leave gaps.
/// </summary>
/// <remarks>Owned by the worker loop. Adding and closing in order cost O(1) and allocate nothing once the ring has grown.</remarks>
public sealed class OffsetLedger
{
    private long[] _offsets = new long[1024];
    private bool[] _closed = new bool[1024];
    private long _head;
    private long _tail;
    private long _closeHint;
    private long _first = -1;
    private long _nextAfterLast = -1;

    /// <summary>Records received and not yet part of the closed prefix.</summary>
    public int Open => (int)(_tail - _head);

    /// <summary>Whether any record was ever received.</summary>
    public bool HasRecords => _nextAfterLast >= 0;

    /// <summary>
    /// The offset that may be committed: every received record below it is closed, the one at it (if received) is not. -1 before the first record.
    /// </summary>
    public long ClosedPrefix => Open > 0 ? _offsets[Slot(_head)] : _nextAfterLast;

    /// <summary>The offset that was last committed; -1 when none was.</summary>
    public long Committed { get; private set; } = -1;

    /// <summary>Whether a commit would move the committed offset.</summary>
    public bool HasProgress => HasRecords && ClosedPrefix > Committed && (Committed >= 0 || ClosedPrefix > _first);

    /// <summary>Notes a received record.</summary>
    /// <exception cref="InvalidOperationException">The offset does not come after the ones before it.</exception>
    public void Add(long offset)
    {
        if (offset < _nextAfterLast) throw new InvalidOperationException($"Offset {offset} was received after {_nextAfterLast - 1}.");
        if (_first < 0) _first = offset;
        if (Open == _offsets.Length) Grow();
        int slot = Slot(_tail++);
        _offsets[slot] = offset;
        _closed[slot] = false;
        _nextAfterLast = offset + 1;
    }

    /// <summary>Notes that no record below <paramref name="nextOffset"/> comes any more: once all are closed, that is the offset to commit.</summary>
    public void SkipTo(long nextOffset) => _nextAfterLast = Math.Max(_nextAfterLast, nextOffset);

    /// <summary>Closes a record: its final result is there. Closing one twice changes nothing.</summary>
    /// <exception cref="InvalidOperationException">The offset was never received.</exception>
    public void Close(long offset)
    {
        long at = Find(offset);
        if (at < 0)
        {
            if (offset < ClosedPrefix) return;
            throw new InvalidOperationException($"Offset {offset} was never received.");
        }

        _closed[Slot(at)] = true;
        _closeHint = at + 1;
        while (_head < _tail && _closed[Slot(_head)]) _head++;
    }

    /// <summary>Notes a definite commit of <paramref name="nextOffset"/>.</summary>
    public void MarkCommitted(long nextOffset)
    {
        if (nextOffset < Committed) throw new InvalidOperationException($"The committed offset would go back from {Committed} to {nextOffset}.");
        Committed = nextOffset;
    }

    private int Slot(long position) => (int)(position & (_offsets.Length - 1));

    private long Find(long offset)
    {
        if (_closeHint >= _head && _closeHint < _tail && _offsets[Slot(_closeHint)] == offset) return _closeHint;
        long low = _head, high = _tail - 1;
        while (low <= high)
        {
            long middle = (low + high) >>> 1;
            long found = _offsets[Slot(middle)];
            if (found == offset) return middle;
            if (found < offset) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    private void Grow()
    {
        long[] offsets = new long[_offsets.Length * 2];
        bool[] closed = new bool[offsets.Length];
        for (long position = _head; position < _tail; position++)
        {
            int to = (int)(position & (offsets.Length - 1));
            offsets[to] = _offsets[Slot(position)];
            closed[to] = _closed[Slot(position)];
        }

        _offsets = offsets;
        _closed = closed;
    }
}
