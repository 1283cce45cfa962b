using StreamInference.Llm.Sampling;

namespace StreamInference.Llm.Engine;

/// <summary>One generation to run. Its memory must not change after it was submitted.</summary>
public sealed record GenerationRequest
{
    /// <summary>Chosen by the caller, unique among unfinished requests.</summary>
    public required long Id { get; init; }

    /// <summary>Text to go on from; encoded by the engine's tokenizer unless <see cref="PromptTokens"/> is given.</summary>
    public string? Prompt { get; init; }

    /// <summary>Whether <see cref="Prompt"/> gets the model's special tokens around it; false for a rendered chat template, which has its own.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Token ids to go on from, special tokens included.</summary>
    public ReadOnlyMemory<int> PromptTokens { get; init; }

    /// <summary>
    /// Output tokens that are already published, per choice. The engine computes prompt and these tokens again and goes on behind them, drawing
    /// what it would have drawn; it gives no output for them. Missing entries mean none.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<int>> ResumeTokens { get; init; } = [];

    /// <summary>How tokens are chosen and when to stop.</summary>
    public SamplingParameters Sampling { get; init; } = SamplingParameters.Greedy;

    /// <summary>Higher goes first and may preempt lower.</summary>
    public int Priority { get; init; }

    /// <summary>Requests of equal priority share the engine evenly between keys (a tenant, a user). Null is a key too.</summary>
    public string? FairnessKey { get; init; }

    /// <summary>When nobody waits for the answer any more.</summary>
    public DateTimeOffset? Deadline { get; init; }
}
