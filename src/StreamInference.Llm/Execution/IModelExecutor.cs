namespace StreamInference.Llm.Execution;

/// <summary>
/// Runs a decoder-only model over one step of packed tokens. The engine's only view of a model: nothing here names a runtime.
/// </summary>
/// <remarks>
/// Called by one thread, the engine's loop. An executor keeps the KV cache; the engine decides which memory belongs to whom.
/// A paged executor reads <see cref="StepBatch.BlockTable"/>; an executor of slots reads <see cref="SequenceSlice.Slot"/>.
/// </remarks>
public interface IModelExecutor : IDisposable
{
    /// <summary>What the engine has to know of the model.</summary>
    ModelProfile Profile { get; }

    /// <summary>Shape and size of the KV cache, fixed for the executor's life.</summary>
    KvCacheLayout Cache { get; }

    /// <summary>
    /// Runs one step: writes keys and values of the new tokens at positions PastLength .. PastLength + NewCount - 1 of each sequence and
    /// makes a row of logits for each slice with <see cref="SequenceSlice.NeedsLogits"/>.
    /// A failure is a value; afterwards every position below PastLength still holds what it held.
    /// </summary>
    ExecutionResult Execute(StepBatch batch);

    /// <summary>
    /// Logits [vocabulary] of the slice at <paramref name="sequenceIndex"/> in the last batch (its last new token). The memory is the executor's,
    /// valid until the next <see cref="Execute"/>; the caller may overwrite it.
    /// </summary>
    Span<float> Logits(int sequenceIndex);

    /// <summary>Copies one block of a slot to cache block <paramref name="block"/>. Only for layouts that do not share blocks.</summary>
    void SaveBlock(int slot, int firstPosition, int block);

    /// <summary>Copies cache block <paramref name="block"/> into a slot. Only for layouts that do not share blocks.</summary>
    void LoadBlock(int block, int slot, int firstPosition);

    /// <summary>Says that a slot (for layouts that do not share blocks) is free: its memory may go back to the system.</summary>
    void ReleaseSlot(int slot);

    /// <summary>Says that a saved block was evicted: its memory may go back to the system.</summary>
    void ReleaseBlock(int block);
}
