namespace StreamInference.Llm.Engine;

/// <summary>Settings of an <see cref="LlmEngine"/>; memory and slots are the executor's (<see cref="Execution.KvCacheLayout"/>).</summary>
public sealed record LlmEngineOptions
{
    /// <summary>Tokens computed in one step at most (<c>max_num_batched_tokens</c>): decode rows first, prompt chunks with the rest.</summary>
    public int MaxBatchedTokens { get; init; } = 512;

    /// <summary>Requests that run or wait at most; <see cref="LlmEngine.TrySubmit"/> says no beyond it.</summary>
    public int MaxRequests { get; init; } = 1024;

    /// <summary>Keep keys and values of prompts for later requests that start alike.</summary>
    public bool PrefixCaching { get; init; } = true;

    /// <summary>
    /// How much longer than a plain decode step a step with a prompt chunk may take: bounds the time between tokens of running requests while a
    /// long prompt is admitted. The chunk is sized by the measured cost of tokens.
    /// </summary>
    public double MaxStepStretch { get; init; } = 2;

    /// <summary>A waiting request gains one priority each time this much passes, so none waits for ever. Zero turns aging off.</summary>
    public TimeSpan AgingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest prompt text taken, in characters, before it is encoded.</summary>
    public int MaxPromptCharacters { get; init; } = 1 << 20;

    /// <summary>Outputs that may wait for their reader; the engine pauses beyond it.</summary>
    public int OutputCapacity { get; init; } = 4096;

    /// <summary>Most choices (n) of one request.</summary>
    public int MaxChoices { get; init; } = 16;

    /// <summary>Every fault of these settings.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        if (MaxBatchedTokens < 1) faults.Add($"{nameof(MaxBatchedTokens)} must be at least 1, it is {MaxBatchedTokens}.");
        if (MaxRequests < 1) faults.Add($"{nameof(MaxRequests)} must be at least 1, it is {MaxRequests}.");
        if (!(MaxStepStretch > 1)) faults.Add($"{nameof(MaxStepStretch)} must be above 1, it is {MaxStepStretch}.");
        if (AgingInterval < TimeSpan.Zero) faults.Add($"{nameof(AgingInterval)} must not be negative, it is {AgingInterval}.");
        if (MaxPromptCharacters < 1) faults.Add($"{nameof(MaxPromptCharacters)} must be at least 1, it is {MaxPromptCharacters}.");
        if (OutputCapacity < 1) faults.Add($"{nameof(OutputCapacity)} must be at least 1, it is {OutputCapacity}.");
        if (MaxChoices < 1) faults.Add($"{nameof(MaxChoices)} must be at least 1, it is {MaxChoices}.");
        return faults;
    }
}
