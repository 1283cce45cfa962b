namespace StreamInference.Llm.Tokenization.Models;

/// <summary>The merges of a BPE model: pair of ids to rank and merged id. Open addressing; lower rank merges first.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that does not merge.</summary>
    public const int NoMerge = int.MaxValue;

    private const ulong Empty = ulong.MaxValue;
    private readonly ulong[] _pairs;
    private readonly int[] _ranks;
    private readonly int[] _merged;
    private readonly int _shift;

    public MergeTable(IReadOnlyList<Merge> merges)
    {
        int bits = Math.Max(4, System.Numerics.BitOperations.Log2((uint)Math.Max(1, merges.Count)) + 2);
        _shift = 64 - bits;
        _pairs = new ulong[1 << bits];
        _ranks = new int[1 << bits];
        _merged = new int[merges.Count];
        Array.Fill(_pairs, Empty);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            var merge = merges[rank];
            int slot = Find(Pack(merge.Left, merge.Right));
            _pairs[slot] = Pack(merge.Left, merge.Right);
            _ranks[slot] = rank;
            _merged[rank] = merge.Merged;
        }
    }

    public int RankOf(int left, int right)
    {
        ulong pair = Pack(left, right);
        int slot = Find(pair);
        return _pairs[slot] == pair ? _ranks[slot] : NoMerge;
    }

    public int MergedId(int rank) => _merged[rank];

    private static ulong Pack(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    // Multiplicative hashing: the two ids are small and similar, so their plain mix collides badly.
    private int Find(ulong pair)
    {
        int slot = (int)((pair * 0x9E3779B97F4A7C15UL) >> _shift);
        while (_pairs[slot] != pair && _pairs[slot] != Empty)
            slot = (slot + 1) & (_pairs.Length - 1);
        return slot;
    }
}

/// <summary>One merge: two ids and the id of their concatenation.</summary>
internal readonly record struct Merge(int Left, int Right, int Merged);
