using StreamInference.Records;

namespace StreamInference.Batching;

/// <summary>
/// Batches that the offsets fix: batch k of a partition holds its records at the offsets k·span to (k+1)·span − 1. Which records run together then
/// depends on nothing else: not on arrival, workers or restarts, so that models whose last bits follow their batch give the same bytes again. Owned
/// by the worker loop.
/// </summary>
/// <remarks>
/// A batch waits for the first record behind its span, or for the partition's end, so this is for bounded sources. Each partition holds at most one
/// batch that waits.
/// </remarks>
public sealed class OffsetBatcher : IBatcher
{
    private const int MostReady = 2;

    private readonly int _span;
    private readonly TimeProvider _time;
    private readonly Dictionary<PartitionAssignment, Filling> _filling = [];
    private readonly Queue<MicroBatch> _ready = new();
    private readonly MicroBatchPool _free;

    // The partition of the last record: records come in runs.
    private PartitionAssignment? _lastAssignment;
    private Filling? _last;

    /// <summary>Creates the batcher.</summary>
    /// <param name="span">Offsets of a batch, and so the most records in it.</param>
    /// <param name="time">The pipeline's clock.</param>
    public OffsetBatcher(int span, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(span, 1);
        _span = span;
        _free = new MicroBatchPool(Math.Min(span, 1024));
        _time = time;
    }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public int Held { get; private set; }

    /// <inheritdoc/>
    public int Room => _ready.Count < MostReady ? _span : 0;

    /// <inheritdoc/>
    public MicroBatch Due => _ready.Peek();

    /// <inheritdoc/>
    public void Add(in StreamRecord record)
    {
        Filling filling = Of(record.Assignment);
        if (record.Offset >= filling.Until)
        {
            Close(filling);
            filling.Until = ((record.Offset / _span) + 1) * _span;
        }

        filling.Batch ??= _free.Take();
        filling.Batch.Add(record, _time.GetTimestamp());
        Count++;
        Held++;
        if (record.Offset == filling.Until - 1) Close(filling);
    }

    /// <inheritdoc/>
    public TimeSpan? DueIn(int batchesInFlight) => _ready.Count > 0 ? TimeSpan.Zero : null;

    /// <inheritdoc/>
    public void Next() => Count -= _ready.Dequeue().Count;

    /// <inheritdoc/>
    public void Recycle(MicroBatch batch) => _free.Recycle(batch);

    /// <inheritdoc/>
    public void OnBatchCompleted(int count, TimeSpan duration)
    {
    }

    /// <inheritdoc/>
    public void End(PartitionAssignment assignment)
    {
        if (_filling.TryGetValue(assignment, out Filling? filling)) Close(filling);
    }

    /// <inheritdoc/>
    public void Forget(PartitionAssignment assignment)
    {
        if (ReferenceEquals(_lastAssignment, assignment)) (_lastAssignment, _last) = (null, null);
        if (_filling.Remove(assignment, out Filling? filling)) Drop(filling);
    }

    /// <inheritdoc/>
    public void DropOpen()
    {
        foreach (Filling filling in _filling.Values) Drop(filling);
        while (_ready.TryDequeue(out MicroBatch? batch))
        {
            Count -= batch.Count;
            Recycle(batch);
        }
    }

    private Filling Of(PartitionAssignment assignment)
    {
        if (ReferenceEquals(_lastAssignment, assignment)) return _last!;
        if (!_filling.TryGetValue(assignment, out Filling? filling)) _filling.Add(assignment, filling = new Filling());
        (_lastAssignment, _last) = (assignment, filling);
        return filling;
    }

    private void Close(Filling filling)
    {
        if (filling.Batch is null) return;
        Held -= filling.Batch.Count;
        _ready.Enqueue(filling.Batch);
        filling.Batch = null;
    }

    private void Drop(Filling filling)
    {
        if (filling.Batch is null) return;
        Held -= filling.Batch.Count;
        Count -= filling.Batch.Count;
        Recycle(filling.Batch);
        filling.Batch = null;
    }

    private sealed class Filling
    {
        public MicroBatch? Batch { get; set; }

        /// <summary>The offset behind the span of the batch.</summary>
        public long Until { get; set; }
    }
}
