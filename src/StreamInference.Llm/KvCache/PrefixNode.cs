namespace StreamInference.Llm.KvCache;

/// <summary>One block of a cached prefix: its tokens, given all tokens of its ancestors.</summary>
internal sealed class PrefixNode(PrefixNode? parent, ulong hash, int[] tokens, int block)
{
    public PrefixNode? Parent { get; } = parent;

    public ulong Hash { get; } = hash;

    public int[] Tokens { get; } = tokens;

    public int Block { get; } = block;

    public Dictionary<ulong, PrefixNode>? Children { get; set; }

    /// <summary>Sequences that read this block in place; a pinned node is never evicted.</summary>
    public int Pins { get; set; }

    public PrefixNode? Older { get; set; }

    public PrefixNode? Newer { get; set; }

    public bool IsLeaf => Children is null || Children.Count == 0;
}
