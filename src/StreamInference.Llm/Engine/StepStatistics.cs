namespace StreamInference.Llm.Engine;

/// <summary>What the last step did and what it left.</summary>
/// <param name="Step">Number of the step.</param>
/// <param name="DecodeRows">Sequences that went on by one token.</param>
/// <param name="PromptTokens">Prompt tokens computed.</param>
/// <param name="Preempted">Sequences put back to wait.</param>
/// <param name="Running">Sequences that hold memory afterwards.</param>
/// <param name="Waiting">Sequences that wait afterwards.</param>
/// <param name="FreeBlocks">Blocks that hold nothing.</param>
/// <param name="CachedBlocks">Blocks of cached prefixes.</param>
/// <param name="Elapsed">Execution and sampling.</param>
public readonly record struct StepStatistics(
    long Step, int DecodeRows, int PromptTokens, int Preempted, int Running, int Waiting, int FreeBlocks, int CachedBlocks, TimeSpan Elapsed);
