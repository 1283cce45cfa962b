using StreamInference.Records;

namespace StreamInference.Batching;

/// <summary>Takes a record over that a newer one of its key takes the place of, with its lease: releases it, sooner or later.</summary>
/// <param name="record">The record.</param>
public delegate void RecordSuperseded(in StreamRecord record);

/// <summary>
/// Batches of a latest-only stream. Records wait in a buffer of the newest of each key and become a batch as late as possible: when the policy says
/// so and the runner has at most one batch, beside which it decodes this one. Owned by the worker loop.
/// </summary>
public sealed class LatestOnlyBatcher : IBatcher
{
    // One in the model and one that is being decoded: what waits behind them would only grow stale.
    private const int MostInFlight = 2;

    private readonly IBatchPolicy _policy;
    private readonly int _limit;
    private readonly TimeProvider _time;
    private readonly RecordSuperseded _superseded;
    private readonly LatestOnlyBuffer _waiting = new();
    private readonly MicroBatchPool _free = new(capacity: 0);
    private MicroBatch _sealed = new();
    private long _waitingSince;

    /// <summary>Creates the batcher.</summary>
    /// <param name="policy">Decides when a batch goes.</param>
    /// <param name="modelLimit">The most records the model takes in one call.</param>
    /// <param name="time">The pipeline's clock.</param>
    /// <param name="superseded">Takes over the records that give way.</param>
    public LatestOnlyBatcher(IBatchPolicy policy, int modelLimit, TimeProvider time, RecordSuperseded superseded)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(superseded);
        ArgumentOutOfRangeException.ThrowIfLessThan(modelLimit, 1);
        (_policy, _limit, _time, _superseded) = (policy, modelLimit, time, superseded);
    }

    /// <inheritdoc/>
    public int Count => _waiting.Count + _sealed.Count;

    /// <inheritdoc/>
    public int Held => 0;

    /// <inheritdoc/>
    /// <remarks>Reading goes on while the model is busy: only what is read can take the place of what waits.</remarks>
    public int Room => Math.Min(_policy.MaxSize, _limit);

    /// <inheritdoc/>
    public MicroBatch Due
    {
        get
        {
            if (_sealed.Count > 0) return _sealed;
            _waitingSince = _time.GetTimestamp();
            _waiting.MoveTo(_sealed, Room, _waitingSince);
            return _sealed;
        }
    }

    /// <inheritdoc/>
    public void Add(in StreamRecord record)
    {
        if (_waiting.Count == 0) _waitingSince = _time.GetTimestamp();
        if (_waiting.Offer(record, out StreamRecord superseded)) _superseded(superseded);
    }

    /// <inheritdoc/>
    public TimeSpan? DueIn(int batchesInFlight)
    {
        // The runner had no room for it.
        if (_sealed.Count > 0) return TimeSpan.Zero;
        if (_waiting.Count == 0 || batchesInFlight >= MostInFlight) return null;
        if (_waiting.Count >= _limit) return TimeSpan.Zero;
        return _policy.Decide(new BatchState(_waiting.Count, 0, _time.GetElapsedTime(_waitingSince), batchesInFlight));
    }

    /// <inheritdoc/>
    public void Next() => _sealed = _free.Take();

    /// <inheritdoc/>
    public void Recycle(MicroBatch batch) => _free.Recycle(batch);

    /// <inheritdoc/>
    public void OnBatchCompleted(int count, TimeSpan duration) => _policy.OnBatchCompleted(count, duration);

    /// <inheritdoc/>
    /// <remarks>What waits goes by the policy.</remarks>
    public void End(PartitionAssignment assignment)
    {
    }

    /// <inheritdoc/>
    public void Forget(PartitionAssignment assignment) => _waiting.Remove(assignment);

    /// <inheritdoc/>
    public void DropOpen()
    {
        _sealed.Clear();
        _waiting.Clear();
    }
}
