namespace StreamInference.Batching;

/// <summary>
/// Aims at a latency: an idle model gets what is there at once, a busy one lets the batch grow meanwhile, and the size of a full batch follows
/// the time that batches take (additive increase, multiplicative decrease).
/// </summary>
/// <remarks>
/// A record waits for at most the batch before its own and then for its own, so each of the two may take half of the target.
/// Batching by load instead of by a delay is the rule of Clipper (Crankshaw et al., NSDI 2017).
/// </remarks>
public sealed class AdaptiveBatchPolicy : IBatchPolicy
{
    private readonly int _limit;
    private readonly long _maxBytes;
    private readonly TimeSpan _maxWait;
    private readonly TimeSpan _budget;

    /// <summary>Creates the policy.</summary>
    /// <param name="maxSize">The largest size that a full batch may grow to.</param>
    /// <param name="maxWait">The longest that a batch grows while the model is busy.</param>
    /// <param name="targetLatency">What a record should spend in queue and model together, most of the time.</param>
    /// <param name="maxBytes">Bytes of values in a full batch.</param>
    public AdaptiveBatchPolicy(int maxSize, TimeSpan maxWait, TimeSpan targetLatency, long maxBytes = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(targetLatency, TimeSpan.Zero);
        _limit = maxSize;
        _maxBytes = maxBytes;
        _maxWait = maxWait;
        _budget = targetLatency / 2;
        MaxSize = Math.Min(maxSize, 64);
    }

    /// <inheritdoc/>
    public int MaxSize { get; private set; }

    /// <inheritdoc/>
    public TimeSpan Decide(in BatchState state) =>
        state.BatchesInFlight == 0 || state.Count >= MaxSize || state.Bytes >= _maxBytes || state.Age >= _maxWait
            ? TimeSpan.Zero
            : _maxWait - state.Age;

    /// <inheritdoc/>
    public void OnBatchCompleted(int count, TimeSpan duration)
    {
        if (duration > _budget)
        {
            // The size that would have met the budget if time grows with size, less a tenth to be under it.
            int fitting = (int)(count * (_budget / duration) * 0.9);
            MaxSize = Math.Clamp(fitting, 1, MaxSize);
        }
        else if (count >= MaxSize)
        {
            // Only a full batch says that a larger one is wanted.
            MaxSize = Math.Min(_limit, MaxSize + Math.Max(1, MaxSize / 4));
        }
    }
}
