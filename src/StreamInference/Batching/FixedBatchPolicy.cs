namespace StreamInference.Batching;

/// <summary>
/// Sends a batch when it is full or its oldest record has waited long enough (Triton: <c>max_batch_size</c>, <c>max_queue_delay</c>).
/// </summary>
public sealed class FixedBatchPolicy : IBatchPolicy
{
    private readonly long _maxBytes;
    private readonly TimeSpan _maxWait;

    /// <summary>Creates the policy.</summary>
    /// <param name="maxSize">Records in a full batch, at least 1.</param>
    /// <param name="maxWait">How long the oldest record may wait; zero sends whatever is there.</param>
    /// <param name="maxBytes">Bytes of values in a full batch.</param>
    public FixedBatchPolicy(int maxSize, TimeSpan maxWait, long maxBytes = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWait, TimeSpan.Zero);
        MaxSize = maxSize;
        _maxWait = maxWait;
        _maxBytes = maxBytes;
    }

    /// <inheritdoc/>
    public int MaxSize { get; }

    /// <inheritdoc/>
    public TimeSpan Decide(in BatchState state) =>
        state.Count >= MaxSize || state.Bytes >= _maxBytes || state.Age >= _maxWait ? TimeSpan.Zero : _maxWait - state.Age;

    /// <inheritdoc/>
    public void OnBatchCompleted(int count, TimeSpan duration)
    {
    }
}
