namespace StreamInference.Llm.Scheduling;

/// <summary>Prompt chunks of a step, as what their cost grows with.</summary>
/// <param name="Chunks">How many there are.</param>
/// <param name="Tokens">Tokens to compute.</param>
/// <param name="Context">Tokens that a chunk attends to, summed over chunks: keys are read once for each chunk.</param>
/// <param name="Pairs">Tokens times what they attend to.</param>
internal readonly record struct ChunkWork(int Chunks, int Tokens, long Context, long Pairs)
{
    public static ChunkWork Of(int past, int tokens) => new(1, tokens, past + tokens, (long)tokens * (past + tokens));

    public static ChunkWork operator +(ChunkWork a, ChunkWork b)
        => new(a.Chunks + b.Chunks, a.Tokens + b.Tokens, a.Context + b.Context, a.Pairs + b.Pairs);

    public static ChunkWork operator -(ChunkWork a, ChunkWork b)
        => new(a.Chunks - b.Chunks, a.Tokens - b.Tokens, a.Context - b.Context, a.Pairs - b.Pairs);
}
