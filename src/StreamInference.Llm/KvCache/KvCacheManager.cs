using StreamInference.Llm.Execution;
using StreamInference.Llm.Scheduling;

namespace StreamInference.Llm.KvCache;

/// <summary>
/// Owns KV memory: which blocks and which slot a sequence holds, and which prefixes stay cached. With shared blocks (paged) a cached prefix is
/// read in place; with slots it is copied into the sequence's row and the sequence's own blocks are a promise of memory, not an address.
/// </summary>
internal sealed class KvCacheManager
{
    private readonly IModelExecutor _executor;
    private readonly KvCacheLayout _layout;
    private readonly bool _caching;
    private readonly BlockPool _pool;
    private readonly PrefixTree _tree;
    private readonly bool[] _slotTaken;
    private readonly List<PrefixNode> _match = [];

    public KvCacheManager(IModelExecutor executor, bool prefixCaching)
    {
        _executor = executor;
        _layout = executor.Cache;
        _caching = prefixCaching;
        _pool = new BlockPool(_layout.BlockCount);
        _tree = new PrefixTree(_layout.BlockSize);
        _slotTaken = new bool[_layout.MaxSequences];
    }

    public BlockPool Pool => _pool;

    public PrefixTree Tree => _tree;

    public int BlockSize => _layout.BlockSize;

    /// <summary>Blocks that can be had: free ones, and cached ones that nobody reads.</summary>
    public int AvailableBlocks => _pool.FreeCount + _tree.EvictableCount;

    /// <summary>Longest sequence that fits when it is alone.</summary>
    public int MaxTokens => (int)Math.Min(int.MaxValue, (long)_layout.BlockCount * _layout.BlockSize);

    public int BlocksFor(int tokens) => _layout.BlocksFor(tokens);

    /// <summary>Blocks that become available when this sequence is preempted.</summary>
    public static int ExclusiveBlocks(Sequence sequence)
    {
        int own = sequence.BlockCount - sequence.Path.Count;
        foreach (PrefixNode node in sequence.Path)
            if (node.Pins == 1) own++;
        return own;
    }

    public int CachedPrefixLength(Sequence sequence) => _caching ? _tree.MatchLength(sequence.Tokens[..^1]) : 0;

    /// <summary>
    /// Gives a waiting sequence a slot and blocks for all its tokens, and whatever of its prefix is cached. False, with nothing changed, when
    /// memory would not suffice with <paramref name="reserve"/> blocks left.
    /// </summary>
    public bool TryAdmit(Sequence sequence, int reserve)
    {
        int slot = _slotTaken.AsSpan().IndexOf(false);
        if (slot < 0) return false;
        _match.Clear();
        // At least one token is computed, else there are no logits to go on from.
        if (_caching) _tree.Match(sequence.Tokens[..^1], _match);
        foreach (PrefixNode node in _match) _tree.Pin(node);
        int needed = _layout.BlocksFor(sequence.Length + 1) - (_layout.SharesBlocks ? _match.Count : 0);
        // A copy of the prefix takes memory beside the row: where both do not fit, the row goes first.
        while (!_layout.SharesBlocks && AvailableBlocks < needed + reserve && _match.Count > 0) UnpinLastMatch();
        if (AvailableBlocks < needed + reserve)
        {
            while (_match.Count > 0) UnpinLastMatch();
            return false;
        }
        _slotTaken[slot] = true;
        sequence.Slot = slot;
        if (_layout.SharesBlocks) ReadInPlace(sequence);
        for (int i = 0; i < needed; i++) sequence.AddBlock(TakeBlock());
        if (!_layout.SharesBlocks) CopyIn(sequence);
        sequence.Computed = _match.Count * _layout.BlockSize;
        return true;
    }

    /// <summary>Makes room for <paramref name="tokens"/> tokens; false, with nothing changed, when memory does not suffice.</summary>
    public bool TryGrow(Sequence sequence, int tokens)
    {
        int missing = _layout.BlocksFor(tokens) - sequence.BlockCount;
        if (missing <= 0) return true;
        if (AvailableBlocks < missing) return false;
        for (int i = 0; i < missing; i++) sequence.AddBlock(TakeBlock());
        return true;
    }

    /// <summary>Takes back blocks of a step that did not commit.</summary>
    public void Shrink(Sequence sequence, int blockCount)
    {
        while (sequence.BlockCount > blockCount) _pool.Release(sequence.Blocks[--sequence.BlockCount]);
    }

    /// <summary>Lets others use what a running sequence has computed of its prompt, as far as memory goes.</summary>
    public void Publish(Sequence sequence)
    {
        if (!_caching) return;
        int full = Math.Min(sequence.Computed, sequence.PromptLength) / _layout.BlockSize;
        if (_layout.SharesBlocks) ShareBlocks(sequence, full);
        else CopyOut(sequence, full, giveUpOwn: false);
    }

    /// <summary>Frees all a sequence holds; with <paramref name="keep"/> its full blocks stay cached as long as nobody needs the memory.</summary>
    public void Release(Sequence sequence, bool keep)
    {
        if (sequence.Slot < 0) return;
        if (keep && _caching)
        {
            int full = sequence.Computed / _layout.BlockSize;
            if (_layout.SharesBlocks) ShareBlocks(sequence, full);
            else CopyOut(sequence, full, giveUpOwn: true);
        }
        foreach (PrefixNode node in sequence.Path) _tree.Unpin(node);
        sequence.Path.Clear();
        Shrink(sequence, 0);
        _slotTaken[sequence.Slot] = false;
        if (!_layout.SharesBlocks) _executor.ReleaseSlot(sequence.Slot);
        sequence.Slot = -1;
        sequence.Computed = 0;
    }

    private void UnpinLastMatch()
    {
        _tree.Unpin(_match[^1]);
        _match.RemoveAt(_match.Count - 1);
    }

    private void ReadInPlace(Sequence sequence)
    {
        foreach (PrefixNode node in _match)
        {
            _pool.AddHolder(node.Block);
            sequence.AddBlock(node.Block);
            sequence.Path.Add(node);
        }
    }

    private void CopyIn(Sequence sequence)
    {
        for (int i = 0; i < _match.Count; i++)
        {
            _executor.LoadBlock(_match[i].Block, sequence.Slot, i * _layout.BlockSize);
            _tree.Unpin(_match[i]);
        }
    }

    private int TakeBlock()
    {
        if (_pool.FreeCount == 0) Evict();
        return _pool.Take();
    }

    private bool Evict()
    {
        if (_tree.EvictOldest() is not { } node) return false;
        if (!_layout.SharesBlocks) _executor.ReleaseBlock(node.Block);
        _pool.Release(node.Block);
        return true;
    }

    /// <summary>The tree becomes a second holder of the sequence's own blocks.</summary>
    private void ShareBlocks(Sequence sequence, int full)
    {
        while (sequence.Path.Count < full)
        {
            int at = sequence.Path.Count;
            PrefixNode? parent = at == 0 ? null : sequence.Path[at - 1];
            ReadOnlySpan<int> tokens = sequence.Tokens.Slice(at * _layout.BlockSize, _layout.BlockSize);
            PrefixNode? node = _tree.Find(parent, tokens);
            if (node is null)
            {
                node = _tree.Add(parent, tokens, sequence.Blocks[at]);
                if (node is null) return;
                _pool.AddHolder(node.Block);
            }
            _tree.Pin(node);
            sequence.Path.Add(node);
        }
    }

    /// <summary>Copies blocks of the slot to blocks of the tree: to the sequence's own when it gives them up, else to free or old ones.</summary>
    private void CopyOut(Sequence sequence, int full, bool giveUpOwn)
    {
        _tree.Match(sequence.Tokens[..(full * _layout.BlockSize)], _match);
        foreach (PrefixNode known in _match) _tree.Pin(known);
        int firstOwn = _match.Count;
        for (int at = firstOwn; at < full; at++)
        {
            ReadOnlySpan<int> tokens = sequence.Tokens.Slice(at * _layout.BlockSize, _layout.BlockSize);
            int block = giveUpOwn ? TakeOver(sequence) : _pool.FreeCount > 0 || Evict() ? _pool.Take() : -1;
            if (block < 0) break;
            PrefixNode? node = _tree.Add(at == 0 ? null : _match[at - 1], tokens, block);
            if (node is null)
            {
                _pool.Release(block);
                break;
            }
            _executor.SaveBlock(sequence.Slot, at * _layout.BlockSize, block);
            _tree.Pin(node);
            _match.Add(node);
        }
        foreach (PrefixNode node in _match) _tree.Unpin(node);
    }

    private static int TakeOver(Sequence sequence) => sequence.Blocks[--sequence.BlockCount];
}
