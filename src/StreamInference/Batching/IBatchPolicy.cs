namespace StreamInference.Batching;

/// <summary>
/// Decides when a batch goes to the model. Pure over its arguments: the caller does the waiting, so a policy is tested without threads.
/// Called by the worker loop only.
/// </summary>
public interface IBatchPolicy
{
    /// <summary>The most records a batch may have now; the batcher closes a batch at this size without asking.</summary>
    int MaxSize { get; }

    /// <summary>Zero: send the batch now. Otherwise: ask again after this long, or when something changes.</summary>
    TimeSpan Decide(in BatchState state);

    /// <summary>Tells how long the model took for a batch of <paramref name="count"/> records, from submit to results.</summary>
    void OnBatchCompleted(int count, TimeSpan duration);
}

/// <summary>What a batch policy may look at.</summary>
/// <param name="Count">Records in the open batch, at least one.</param>
/// <param name="Bytes">Bytes of their values.</param>
/// <param name="Age">How long the oldest of them has waited.</param>
/// <param name="BatchesInFlight">Batches that the runner has not answered yet.</param>
public readonly record struct BatchState(int Count, long Bytes, TimeSpan Age, int BatchesInFlight);
