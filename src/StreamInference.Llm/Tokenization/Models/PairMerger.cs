using System.Buffers;
using System.Diagnostics;

namespace StreamInference.Llm.Tokenization.Models;

/// <summary>Applies merges to a run of symbols: always the lowest rank, the leftmost of equals.</summary>
internal static class PairMerger
{
    // Below this length a scan for the minimum beats the queue.
    private const int ScanLimit = 48;

    /// <summary>Merges in place.</summary>
    /// <param name="ids">The symbols; the result is at its front.</param>
    /// <param name="widths">What each symbol covers, added up on a merge; empty when nobody asks.</param>
    /// <param name="merges">The merges to apply.</param>
    /// <returns>The number of tokens left.</returns>
    public static int Merge(Span<int> ids, Span<int> widths, MergeTable merges) => ids.Length switch
    {
        < 2 => ids.Length,
        < ScanLimit => MergeByScan(ids, widths, merges),
        _ => MergeByQueue(ids, widths, merges),
    };

    private static int MergeByScan(Span<int> ids, Span<int> widths, MergeTable merges)
    {
        Span<int> ranks = stackalloc int[ScanLimit];
        int count = ids.Length;
        for (int i = 0; i + 1 < count; i++)
            ranks[i] = merges.RankOf(ids[i], ids[i + 1]);
        while (count > 1)
        {
            int at = IndexOfMin(ranks[..(count - 1)]);
            if (ranks[at] == MergeTable.NoMerge)
                break;
            ids[at] = merges.MergedId(ranks[at]);
            RemoveAt(ids[..count], at + 1);
            if (!widths.IsEmpty)
            {
                widths[at] += widths[at + 1];
                RemoveAt(widths[..count], at + 1);
            }

            RemoveAt(ranks[..count], at);
            count--;
            if (at > 0)
                ranks[at - 1] = merges.RankOf(ids[at - 1], ids[at]);
            if (at + 1 < count)
                ranks[at] = merges.RankOf(ids[at], ids[at + 1]);
        }

        return count;
    }

    private static int IndexOfMin(ReadOnlySpan<int> values)
    {
        int at = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] < values[at])
                at = i;
        }

        return at;
    }

    private static void RemoveAt(Span<int> values, int index) => values[(index + 1)..].CopyTo(values[index..]);

    private static int MergeByQueue(Span<int> ids, Span<int> widths, MergeTable merges)
    {
        int count = ids.Length;
        // Every merge adds at most two pairs to the first count - 1.
        var queue = ArrayPool<ulong>.Shared.Rent(count * 3);
        var scratch = ArrayPool<int>.Shared.Rent(count * 3);
        var chain = new SymbolChain(ids, widths, scratch, new MergeQueue(queue), merges);
        int left = chain.MergeAll();
        ArrayPool<ulong>.Shared.Return(queue);
        ArrayPool<int>.Shared.Return(scratch);
        return left;
    }

    /// <summary>The symbols as a doubly linked list with the rank of the pair that begins at each.</summary>
    private ref struct SymbolChain
    {
        private readonly Span<int> _ids;
        private readonly Span<int> _widths;
        private readonly Span<int> _next;
        private readonly Span<int> _previous;
        private readonly Span<int> _ranks;
        private readonly MergeTable _merges;
        private MergeQueue _queue;

        public SymbolChain(Span<int> ids, Span<int> widths, Span<int> scratch, MergeQueue queue, MergeTable merges)
        {
            int count = ids.Length;
            _ids = ids;
            _widths = widths;
            _next = scratch[..count];
            _previous = scratch.Slice(count, count);
            _ranks = scratch.Slice(count * 2, count);
            _merges = merges;
            _queue = queue;
        }

        public int MergeAll()
        {
            for (int i = 0; i < _ids.Length; i++)
            {
                _next[i] = i + 1 < _ids.Length ? i + 1 : -1;
                _previous[i] = i - 1;
            }

            for (int i = 0; i < _ids.Length; i++)
                Rank(i);
            while (_queue.TryPop(out int rank, out int at))
            {
                // An entry is stale when the pair at its place has changed since.
                if (_ranks[at] == rank)
                    MergeAt(at, rank);
            }

            return Compact();
        }

        private void MergeAt(int at, int rank)
        {
            int absorbed = _next[at];
            Debug.Assert(absorbed > at);
            _ids[at] = _merges.MergedId(rank);
            if (!_widths.IsEmpty)
                _widths[at] += _widths[absorbed];
            _ranks[absorbed] = MergeTable.NoMerge;
            _next[at] = _next[absorbed];
            if (_next[at] >= 0)
                _previous[_next[at]] = at;
            if (_previous[at] >= 0)
                Rank(_previous[at]);
            Rank(at);
        }

        private void Rank(int at)
        {
            _ranks[at] = _next[at] < 0 ? MergeTable.NoMerge : _merges.RankOf(_ids[at], _ids[_next[at]]);
            if (_ranks[at] != MergeTable.NoMerge)
                _queue.Push(_ranks[at], at);
        }

        private readonly int Compact()
        {
            int count = 0;
            for (int i = 0; i >= 0; i = _next[i])
            {
                _ids[count] = _ids[i];
                if (!_widths.IsEmpty)
                    _widths[count] = _widths[i];
                count++;
            }

            return count;
        }
    }
}
