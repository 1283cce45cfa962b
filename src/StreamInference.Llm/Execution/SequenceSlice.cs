namespace StreamInference.Llm.Execution;

/// <summary>One sequence's part of a step.</summary>
/// <param name="Slot">Row that holds this sequence, below <see cref="KvCacheLayout.MaxSequences"/>.</param>
/// <param name="TokenOffset">Where its new tokens start in <see cref="StepBatch.TokenIds"/>.</param>
/// <param name="PastLength">Tokens already in the cache.</param>
/// <param name="NewCount">Tokens to compute now, at least 1.</param>
/// <param name="BlockTableOffset">Where its block table starts in the batch's block tables.</param>
/// <param name="BlockCount">Entries of its block table: blocks for PastLength + NewCount tokens.</param>
/// <param name="NeedsLogits">Whether the last new token's logits are wanted.</param>
public readonly record struct SequenceSlice(
    int Slot, int TokenOffset, int PastLength, int NewCount, int BlockTableOffset, int BlockCount, bool NeedsLogits);
