using System.Numerics;

namespace StreamInference.Llm.KvCache;

/// <summary>
/// A radix tree over blocks of tokens (SGLang's RadixAttention at block granularity): a path from the root is a prompt prefix whose keys and
/// values are cached. Eviction takes the least recently used leaf, so a prefix never outlives its own start.
/// </summary>
internal sealed class PrefixTree(int blockSize)
{
    private readonly PrefixNode _root = new(null, 0, [], -1);
    private PrefixNode? _oldest;
    private PrefixNode? _newest;

    public int BlockSize => blockSize;

    public int Count { get; private set; }

    /// <summary>Nodes that no sequence pins: memory that can be had by eviction.</summary>
    public int EvictableCount { get; private set; }

    /// <summary>Fills <paramref name="path"/> with the nodes of the longest cached prefix, in order. Marks them as used.</summary>
    public void Match(ReadOnlySpan<int> tokens, List<PrefixNode> path)
    {
        path.Clear();
        PrefixNode node = _root;
        for (int at = 0; at + blockSize <= tokens.Length; at += blockSize)
        {
            if (Child(node, tokens.Slice(at, blockSize)) is not { } child) break;
            path.Add(child);
            node = child;
        }
        // Deepest first: an ancestor is always newer than its descendants.
        for (int i = path.Count - 1; i >= 0; i--) Touch(path[i]);
    }

    public int MatchLength(ReadOnlySpan<int> tokens)
    {
        PrefixNode node = _root;
        int at = 0;
        while (at + blockSize <= tokens.Length && Child(node, tokens.Slice(at, blockSize)) is { } child)
        {
            node = child;
            at += blockSize;
        }
        return at;
    }

    public PrefixNode? Find(PrefixNode? parent, ReadOnlySpan<int> block) => Child(parent ?? _root, block);

    /// <summary>Adds a block below <paramref name="parent"/>; null when another prefix with the same hash stands there.</summary>
    public PrefixNode? Add(PrefixNode? parent, ReadOnlySpan<int> tokens, int block)
    {
        parent ??= _root;
        ulong hash = HashOf(tokens);
        parent.Children ??= [];
        PrefixNode node = new(parent, hash, tokens.ToArray(), block);
        if (!parent.Children.TryAdd(hash, node)) return null;
        Count++;
        EvictableCount++;
        Append(node);
        for (PrefixNode? up = parent; up is not null && up != _root; up = up.Parent) Touch(up);
        return node;
    }

    public void Pin(PrefixNode node)
    {
        if (node.Pins++ == 0) EvictableCount--;
    }

    public void Unpin(PrefixNode node)
    {
        if (--node.Pins == 0) EvictableCount++;
    }

    /// <summary>Removes the least recently used unpinned leaf; null when there is none.</summary>
    public PrefixNode? EvictOldest()
    {
        for (PrefixNode? node = _oldest; node is not null; node = node.Newer)
        {
            if (node.Pins > 0 || !node.IsLeaf) continue;
            Unlink(node);
            node.Parent!.Children!.Remove(node.Hash);
            Count--;
            EvictableCount--;
            return node;
        }
        return null;
    }

    public IEnumerable<PrefixNode> Nodes()
    {
        for (PrefixNode? node = _oldest; node is not null; node = node.Newer) yield return node;
    }

    private static PrefixNode? Child(PrefixNode parent, ReadOnlySpan<int> block)
        => parent.Children is not null && parent.Children.TryGetValue(HashOf(block), out PrefixNode? child)
            && block.SequenceEqual(child.Tokens) ? child : null;

    // A collision costs a cache miss, never a wrong prefix: tokens are compared.
    private static ulong HashOf(ReadOnlySpan<int> block)
    {
        ulong hash = 0x9E37_79B9_7F4A_7C15;
        foreach (int token in block) hash = BitOperations.RotateLeft((hash ^ (uint)token) * 0xBF58_476D_1CE4_E5B9, 31);
        return hash;
    }

    private void Touch(PrefixNode node)
    {
        if (node == _newest) return;
        Unlink(node);
        Append(node);
    }

    private void Append(PrefixNode node)
    {
        node.Older = _newest;
        node.Newer = null;
        if (_newest is not null) _newest.Newer = node;
        _newest = node;
        _oldest ??= node;
    }

    private void Unlink(PrefixNode node)
    {
        if (node.Older is not null) node.Older.Newer = node.Newer;
        else _oldest = node.Newer;
        if (node.Newer is not null) node.Newer.Older = node.Older;
        else _newest = node.Older;
        node.Older = node.Newer = null;
    }
}
