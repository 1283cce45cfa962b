namespace StreamInference.Broker.Logs;

/// <summary>
/// What a partition knows of one producer: its epoch, the last batches by sequence (so that a resent batch is answered
/// with its first offset and not stored again) and the first offset of its open transaction
/// (Kafka's <c>ProducerStateEntry</c>).
/// </summary>
internal sealed class ProducerState(long producerId)
{
    public const int Window = 5;

    private readonly (int First, int Last, long BaseOffset)[] _batches = new (int, int, long)[Window];
    private int _count;

    public long ProducerId { get; } = producerId;

    public short Epoch { get; private set; } = -1;

    public int LastSequence { get; private set; } = -1;

    public long LastTimestamp { get; private set; } = -1;

    /// <summary>
    /// Unix milliseconds of the last append by this broker's clock. Records may carry any time (a replay's are old), so
    /// theirs say nothing about whether the producer is still there.
    /// </summary>
    public long LastAppendAt { get; set; }

    /// <summary>Base offset of the newest data batch: compaction keeps its header, which a restart needs.</summary>
    public long LastBatchOffset { get; private set; } = -1;

    /// <summary>First offset of the open transaction, or -1.</summary>
    public long TransactionStart { get; private set; } = -1;

    public bool InTransaction => TransactionStart >= 0;

    /// <summary>
    /// Decides on a batch by epoch and sequence. <see cref="ErrorCode.DuplicateSequenceNumber"/> with an offset means that
    /// it is stored already, at that offset.
    /// </summary>
    public (ErrorCode Error, long Offset) Check(BatchHeader header)
    {
        if (header.ProducerEpoch < Epoch) return (ErrorCode.InvalidProducerEpoch, -1);
        if (InTransaction && !header.IsTransactional) return (ErrorCode.InvalidTxnState, -1);
        if (Epoch < 0) return (ErrorCode.None, -1); // nothing known (expired, deleted): any sequence may follow
        if (header.ProducerEpoch > Epoch) return (header.BaseSequence == 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber, -1);
        for (var i = 0; i < Math.Min(_count, Window); i++)
        {
            if (_batches[i].First == header.BaseSequence && _batches[i].Last == header.LastSequence)
                return (ErrorCode.DuplicateSequenceNumber, _batches[i].BaseOffset);
        }
        return (IsNext(header.BaseSequence) ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber, -1);
    }

    public void Append(BatchHeader header)
    {
        if (header.ProducerEpoch != Epoch) StartEpoch(header.ProducerEpoch);
        _batches[_count++ % Window] = (header.BaseSequence, header.LastSequence, header.BaseOffset);
        if (_count >= 2 * Window) _count -= Window; // keeps the count small and its place in the ring
        LastSequence = header.LastSequence;
        LastBatchOffset = header.BaseOffset;
        LastTimestamp = header.MaxTimestamp;
        if (header.IsTransactional && !InTransaction) TransactionStart = header.BaseOffset;
    }

    public void EndTransaction(BatchHeader marker)
    {
        if (marker.ProducerEpoch != Epoch) StartEpoch(marker.ProducerEpoch);
        TransactionStart = -1;
        LastTimestamp = marker.MaxTimestamp;
    }

    private bool IsNext(int sequence) => LastSequence == int.MaxValue ? sequence == 0 : sequence == LastSequence + 1;

    private void StartEpoch(short epoch)
    {
        Epoch = epoch;
        _count = 0;
        LastSequence = -1;
    }
}
