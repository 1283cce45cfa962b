namespace StreamInference.Llm.Execution;

/// <summary>What the engine has to know of a model.</summary>
public sealed record ModelProfile
{
    /// <summary>Name for logs and results.</summary>
    public required string Name { get; init; }

    /// <summary>Length of a row of logits; every token id is below it.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence (prompt and output tokens) the executor takes.</summary>
    public required int MaxSequenceLength { get; init; }

    /// <summary>Tokens that end a generation.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
}
