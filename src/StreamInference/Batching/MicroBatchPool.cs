using StreamInference.Records;

namespace StreamInference.Batching;

/// <summary>Batches that are used again. Owned by the worker loop.</summary>
/// <param name="capacity">Records that a new batch has room for before it grows.</param>
internal sealed class MicroBatchPool(int capacity)
{
    private readonly Stack<MicroBatch> _free = new();

    /// <summary>An empty batch.</summary>
    public MicroBatch Take() => _free.TryPop(out MicroBatch? batch) ? batch : new MicroBatch(capacity);

    /// <summary>Takes a batch back and gives its leases back.</summary>
    public void Recycle(MicroBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Clear();
        _free.Push(batch);
    }
}
