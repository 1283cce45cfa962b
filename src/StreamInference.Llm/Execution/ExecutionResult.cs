namespace StreamInference.Llm.Execution;

/// <summary>How a step ended.</summary>
public enum ExecutionOutcome
{
    /// <summary>Every slice ran; logits are there.</summary>
    Completed,

    /// <summary>The runtime refused this batch; the same sequences may do alone.</summary>
    Failed,

    /// <summary>The executor is unusable.</summary>
    Fatal,
}

/// <summary>Outcome of <see cref="IModelExecutor.Execute"/> with the reason of a failure.</summary>
public readonly record struct ExecutionResult(ExecutionOutcome Outcome, string? Detail = null)
{
    /// <summary>The good case.</summary>
    public static ExecutionResult Completed => new(ExecutionOutcome.Completed);
}
