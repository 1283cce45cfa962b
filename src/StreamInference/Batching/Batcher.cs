using StreamInference.Records;

namespace StreamInference.Batching;

/// <summary>Fills one batch after the other under a policy. Owned by the worker loop; waits for nothing itself.</summary>
public sealed class Batcher : IBatcher
{
    private readonly IBatchPolicy _policy;
    private readonly TimeProvider _time;
    private readonly int _limit;
    private readonly MicroBatchPool _free;
    private MicroBatch _open;

    /// <summary>Creates the batcher.</summary>
    /// <param name="policy">Decides when a batch goes.</param>
    /// <param name="modelLimit">The most records the model takes in one call.</param>
    /// <param name="time">The pipeline's clock.</param>
    public Batcher(IBatchPolicy policy, int modelLimit, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(modelLimit, 1);
        _policy = policy;
        _limit = modelLimit;
        _time = time;
        _free = new MicroBatchPool(Math.Min(modelLimit, 1024));
        _open = new MicroBatch();
    }

    /// <inheritdoc/>
    public int Count => _open.Count;

    /// <inheritdoc/>
    public int Held => 0;

    /// <inheritdoc/>
    public int Room => Math.Max(0, Math.Min(_policy.MaxSize, _limit) - _open.Count);

    /// <summary>Appends a record to the open batch.</summary>
    /// <exception cref="InvalidOperationException">The batch has no room.</exception>
    public void Add(in StreamRecord record)
    {
        if (_open.Count >= _limit) throw new InvalidOperationException("The open batch is full.");
        _open.Add(record, _time.GetTimestamp());
    }

    /// <inheritdoc/>
    public TimeSpan? DueIn(int batchesInFlight)
    {
        if (_open.Count == 0) return null;
        if (_open.Count >= _limit) return TimeSpan.Zero;
        return _policy.Decide(new BatchState(_open.Count, _open.ValueBytes, _time.GetElapsedTime(_open.OpenedAt), batchesInFlight));
    }

    /// <inheritdoc/>
    public MicroBatch Due => _open;

    /// <inheritdoc/>
    public void Next() => _open = _free.Take();

    /// <inheritdoc/>
    public void Recycle(MicroBatch batch) => _free.Recycle(batch);

    /// <inheritdoc/>
    public void OnBatchCompleted(int count, TimeSpan duration) => _policy.OnBatchCompleted(count, duration);

    /// <inheritdoc/>
    /// <remarks>The open batch goes by its policy.</remarks>
    public void End(PartitionAssignment assignment)
    {
    }

    /// <inheritdoc/>
    /// <remarks>The open batch goes by its policy; the results of the partition are dropped then.</remarks>
    public void Forget(PartitionAssignment assignment)
    {
    }

    /// <inheritdoc/>
    public void DropOpen() => _open.Clear();
}
