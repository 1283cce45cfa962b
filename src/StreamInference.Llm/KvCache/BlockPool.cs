namespace StreamInference.Llm.KvCache;

/// <summary>
/// The blocks of KV memory: each is free or has at least one holder. Ids are 0 .. Count - 1. A block with several holders is a shared prefix.
/// </summary>
internal sealed class BlockPool
{
    private readonly int[] _free;
    private readonly int[] _holders;
    private int _freeCount;

    public BlockPool(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _free = new int[count];
        _holders = new int[count];
        // The lowest id is handed out first: low memory stays warm.
        for (int i = 0; i < count; i++) _free[i] = count - 1 - i;
        _freeCount = count;
    }

    public int Count => _holders.Length;

    public int FreeCount => _freeCount;

    public int HoldersOf(int block) => _holders[block];

    public int Take()
    {
        if (_freeCount == 0) throw new InvalidOperationException("The block pool is empty.");
        int block = _free[--_freeCount];
        _holders[block] = 1;
        return block;
    }

    public void AddHolder(int block)
    {
        if (_holders[block] == 0) throw new InvalidOperationException($"Block {block} is free.");
        _holders[block]++;
    }

    /// <summary>Gives up one hold; true when the block became free.</summary>
    public bool Release(int block)
    {
        if (_holders[block] == 0) throw new InvalidOperationException($"Block {block} is free already.");
        if (--_holders[block] > 0) return false;
        _free[_freeCount++] = block;
        return true;
    }
}
