namespace StreamInference.Broker.Logs;

/// <summary>A transaction that was aborted: its data lies between the first offset and its marker's.</summary>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset);

/// <summary>
/// The producers of one partition, its open transactions and the index of aborted ones. Everything follows from the
/// batch headers, so a restart rebuilds it by feeding the log through <see cref="Track"/> again.
/// </summary>
internal sealed class ProducerStates
{
    private readonly Dictionary<long, ProducerState> _producers = [];
    private readonly List<ProducerState> _open = [];
    private readonly List<AbortedTransaction> _aborted = [];

    public IReadOnlyCollection<ProducerState> All => _producers.Values;

    public IReadOnlyList<AbortedTransaction> Aborted => _aborted;

    /// <summary>The first offset of the oldest open transaction, or null.</summary>
    public long? FirstOpenOffset
    {
        get
        {
            if (_open.Count == 0) return null;
            var first = long.MaxValue;
            foreach (var producer in _open) first = Math.Min(first, producer.TransactionStart);
            return first;
        }
    }

    public ProducerState? Find(long producerId) => _producers.GetValueOrDefault(producerId);

    public (ErrorCode Error, long Offset) Check(BatchHeader header) =>
        _producers.TryGetValue(header.ProducerId, out var producer) ? producer.Check(header) : (ErrorCode.None, -1);

    /// <summary>Takes note of a batch that the log now has.</summary>
    public void Track(ReadOnlySpan<byte> batch, long appendedAt)
    {
        var header = new BatchHeader(batch);
        if (!header.HasProducer) return;
        if (!_producers.TryGetValue(header.ProducerId, out var producer))
            _producers.Add(header.ProducerId, producer = new ProducerState(header.ProducerId));
        producer.LastAppendAt = appendedAt;
        if (header.IsControl)
        {
            EndTransaction(producer, header, ControlBatch.IsCommit(batch));
            return;
        }
        var wasOpen = producer.InTransaction;
        producer.Append(header);
        if (!wasOpen && producer.InTransaction) _open.Add(producer);
    }

    /// <summary>Adds the aborted transactions that a reader of this range needs in order to drop their records.</summary>
    public void CollectAborted(long fromOffset, long upperBound, List<AbortedTransaction> into)
    {
        for (var i = FirstEndingAtOrAfter(fromOffset); i < _aborted.Count; i++)
        {
            if (_aborted[i].FirstOffset < upperBound) into.Add(_aborted[i]);
        }
    }

    /// <summary>Forgets aborted transactions that end before the log starts.</summary>
    public void ForgetBefore(long startOffset) => _aborted.RemoveAll(aborted => aborted.LastOffset < startOffset);

    /// <summary>Forgets producers without an open transaction that were last heard of before this time.</summary>
    public void Expire(long before)
    {
        foreach (var (id, producer) in _producers)
        {
            if (!producer.InTransaction && producer.LastAppendAt < before) _producers.Remove(id);
        }
    }

    /// <summary>Entries are added as markers are, so they are in order of their last offset.</summary>
    private int FirstEndingAtOrAfter(long offset)
    {
        var (low, high) = (0, _aborted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_aborted[middle].LastOffset < offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private void EndTransaction(ProducerState producer, BatchHeader marker, bool commit)
    {
        if (producer.InTransaction)
        {
            if (!commit) _aborted.Add(new AbortedTransaction(producer.ProducerId, producer.TransactionStart, marker.BaseOffset));
            _open.Remove(producer);
        }
        producer.EndTransaction(marker);
    }
}
