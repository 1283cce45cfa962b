namespace StreamInference.Llm.Execution;

/// <summary>Size and shape of an executor's KV cache: the budget the scheduler admits by.</summary>
public sealed record KvCacheLayout
{
    /// <summary>Tokens in a block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Blocks of memory there are, for running sequences and cached prefixes together.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Sequences that can hold cache at once (<c>max_num_seqs</c>): slots 0 .. MaxSequences - 1.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>Bytes of keys and values in one block, all layers.</summary>
    public long BytesPerBlock { get; init; }

    /// <summary>
    /// True where sequences read each other's blocks through a block table (paged). False where a sequence lives in a slot and a cached
    /// prefix is copied into it.
    /// </summary>
    public bool SharesBlocks { get; init; }

    /// <summary>Blocks that <paramref name="tokens"/> tokens take.</summary>
    public int BlocksFor(int tokens) => (tokens + BlockSize - 1) / BlockSize;
}
