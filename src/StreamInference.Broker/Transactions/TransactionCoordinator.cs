using StreamInference.Broker.Groups;
using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.State;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Transactions;

/// <summary>Answer to InitProducerId.</summary>
internal readonly record struct ProducerIdentity(ErrorCode Error, long ProducerId, short Epoch)
{
    public static ProducerIdentity Failed(ErrorCode error) => new(error, -1, -1);
}

/// <summary>
/// The transaction coordinator (KIP-98, fencing by epoch of KIP-360). A transaction ends within one step of the loop: its
/// markers, the offsets it carried and its own state change together, so no reader ever sees a part of it, and a restart
/// in the middle is completed from the journal. Owned by the loop.
/// </summary>
internal sealed class TransactionCoordinator(
    BrokerLoop loop, StateJournal journal, TopicCatalog topics, GroupCoordinator groups, TimeProvider clock, TimeSpan maxTimeout)
{
    private const int CoordinatorEpoch = 0;

    private readonly SortedDictionary<string, Transaction> _transactions = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Transaction> _byProducer = [];

    public ProducerIds Ids { get; } = new(journal);

    public IReadOnlyCollection<Transaction> All => _transactions.Values;

    public Transaction? Find(string transactionalId) => _transactions.GetValueOrDefault(transactionalId);

    /// <summary>Gives a new producer its identity; an open transaction of the id's last producer is aborted and fenced.</summary>
    public ProducerIdentity Initialize(string transactionalId, TimeSpan timeout, long producerId, short epoch)
    {
        if (transactionalId.Length == 0) return ProducerIdentity.Failed(ErrorCode.InvalidRequest);
        if (timeout <= TimeSpan.Zero || timeout > maxTimeout) return ProducerIdentity.Failed(ErrorCode.InvalidTransactionTimeout);
        if (Find(transactionalId) is not { } transaction) return Create(transactionalId, timeout);
        if (producerId >= 0)
        {
            if (producerId != transaction.ProducerId) return ProducerIdentity.Failed(ErrorCode.ProducerFenced);
            if (epoch == transaction.LastEpoch && epoch >= 0) return new(ErrorCode.None, transaction.ProducerId, transaction.Epoch);
            if (epoch != transaction.Epoch) return ProducerIdentity.Failed(ErrorCode.ProducerFenced);
        }
        transaction.Timeout = timeout;
        if (transaction.EpochIsExhausted) Renew(transaction);
        else if (transaction.IsOpen) Fence(transaction, atProducersWish: producerId >= 0);
        else transaction.BumpEpoch(atProducersWish: producerId >= 0);
        transaction.MoveTo(TransactionState.Empty);
        Record(transaction);
        return new(ErrorCode.None, transaction.ProducerId, transaction.Epoch);
    }

    /// <summary>Makes partitions part of the producer's transaction, beginning one if none is open.</summary>
    public ErrorCode AddPartitions(string transactionalId, long producerId, short epoch, IEnumerable<TopicPartition> partitions)
    {
        if (Check(transactionalId, producerId, epoch, out var transaction) is var error and not ErrorCode.None) return error;
        var before = transaction.Partitions.Count;
        transaction.Partitions.UnionWith(partitions);
        Begin(transaction, changed: transaction.Partitions.Count != before);
        return ErrorCode.None;
    }

    /// <summary>Makes a group's offsets part of the producer's transaction, beginning one if none is open.</summary>
    public ErrorCode AddGroup(string transactionalId, long producerId, short epoch, string groupId)
    {
        if (Check(transactionalId, producerId, epoch, out var transaction) is var error and not ErrorCode.None) return error;
        Begin(transaction, changed: transaction.Groups.Add(groupId));
        return ErrorCode.None;
    }

    /// <summary>Whether the producer may leave offsets of this group with its open transaction.</summary>
    public ErrorCode CheckGroup(string transactionalId, long producerId, short epoch, string groupId)
    {
        if (Check(transactionalId, producerId, epoch, out var transaction) is var error and not ErrorCode.None) return error;
        return transaction.State == TransactionState.Ongoing && transaction.Groups.Contains(groupId) ? ErrorCode.None : ErrorCode.InvalidTxnState;
    }

    /// <summary>Whether a transactional batch of this producer belongs in the partition.</summary>
    public ErrorCode CheckProduce(long producerId, short epoch, TopicPartition partition)
    {
        if (!_byProducer.TryGetValue(producerId, out var transaction)) return ErrorCode.InvalidProducerIdMapping;
        if (epoch != transaction.Epoch) return ErrorCode.InvalidProducerEpoch;
        return transaction.State == TransactionState.Ongoing && transaction.Partitions.Contains(partition)
            ? ErrorCode.None
            : ErrorCode.InvalidTxnState;
    }

    /// <summary>Commits or aborts. Asked again for what was done last, it says so again.</summary>
    public ErrorCode End(string transactionalId, long producerId, short epoch, bool commit)
    {
        if (Check(transactionalId, producerId, epoch, out var transaction) is var error and not ErrorCode.None) return error;
        switch (transaction.State)
        {
            case TransactionState.Ongoing:
                Finish(transaction, commit);
                return ErrorCode.None;
            case TransactionState.CompleteCommit:
                return commit ? ErrorCode.None : ErrorCode.InvalidTxnState;
            case TransactionState.CompleteAbort:
                return commit ? ErrorCode.InvalidTxnState : ErrorCode.None;
            default:
                return ErrorCode.InvalidTxnState;
        }
    }

    /// <summary>Takes the last entry of each id of an earlier run. <see cref="Resume"/> follows once the logs are open.</summary>
    public void Restore(TransactionEntry entry)
    {
        var transaction = Transaction.FromEntry(entry);
        _transactions[transaction.Id] = transaction;
        _byProducer[transaction.ProducerId] = transaction;
    }

    /// <summary>Completes what the last run had decided, and sets the time for what it left open.</summary>
    public void Resume()
    {
        foreach (var transaction in _transactions.Values)
        {
            if (transaction.State is TransactionState.PrepareCommit or TransactionState.PrepareAbort) CompleteAfterRestart(transaction);
            else if (transaction.State == TransactionState.Ongoing) ScheduleTimeout(transaction);
        }
    }

    private ErrorCode Check(string transactionalId, long producerId, short epoch, out Transaction transaction)
    {
        transaction = Find(transactionalId)!;
        if (transaction is null || transaction.ProducerId != producerId) return ErrorCode.InvalidProducerIdMapping;
        return transaction.Epoch == epoch ? ErrorCode.None : ErrorCode.ProducerFenced;
    }

    private ProducerIdentity Create(string transactionalId, TimeSpan timeout)
    {
        var transaction = new Transaction(transactionalId, Ids.Take()) { Timeout = timeout };
        transaction.BumpEpoch(atProducersWish: false);
        _transactions.Add(transactionalId, transaction);
        _byProducer.Add(transaction.ProducerId, transaction);
        Record(transaction);
        return new(ErrorCode.None, transaction.ProducerId, transaction.Epoch);
    }

    private void Renew(Transaction transaction)
    {
        if (transaction.IsOpen) Finish(transaction, commit: false);
        _byProducer.Remove(transaction.ProducerId);
        transaction.Renew(Ids.Take());
        _byProducer.Add(transaction.ProducerId, transaction);
    }

    private void Begin(Transaction transaction, bool changed)
    {
        if (transaction.State != TransactionState.Ongoing)
        {
            transaction.MoveTo(TransactionState.Ongoing);
            transaction.StartedAt = clock.GetUtcNow().ToUnixTimeMilliseconds();
            ScheduleTimeout(transaction);
            changed = true;
        }
        if (changed) Record(transaction);
    }

    private void ScheduleTimeout(Transaction transaction) =>
        transaction.TimeoutTimer = loop.Schedule(transaction.Timeout, () =>
        {
            if (transaction.State == TransactionState.Ongoing) Fence(transaction, atProducersWish: false);
        });

    /// <summary>Aborts under the next epoch, so that its producer can do nothing more.</summary>
    private void Fence(Transaction transaction, bool atProducersWish)
    {
        transaction.BumpEpoch(atProducersWish);
        Finish(transaction, commit: false);
    }

    private void Finish(Transaction transaction, bool commit)
    {
        transaction.MoveTo(commit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort);
        Record(transaction);
        Complete(transaction);
    }

    /// <summary>Some partitions may have their marker already: those where the producer has no open transaction any more.</summary>
    private void CompleteAfterRestart(Transaction transaction)
    {
        transaction.Partitions.RemoveWhere(key =>
            topics.Find(key.Topic, key.Partition)?.Log.Producers.Find(transaction.ProducerId) is not { InTransaction: true });
        Complete(transaction);
    }

    private void Complete(Transaction transaction)
    {
        var commit = transaction.State == TransactionState.PrepareCommit;
        var partitions = transaction.Partitions.Select(key => topics.Find(key.Topic, key.Partition)).OfType<Partition>().ToList();
        foreach (var partition in partitions) WriteMarker(transaction, partition, commit);
        foreach (var group in transaction.Groups) groups.Find(group)?.Offsets.EndTransaction(transaction.ProducerId, commit);
        transaction.MoveTo(commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort);
        transaction.Forget();
        Record(transaction);
        foreach (var partition in partitions) partition.WakeWaiters();
    }

    private void WriteMarker(Transaction transaction, Partition partition, bool commit)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        partition.Log.Append(ControlBatch.Create(transaction.ProducerId, transaction.Epoch, commit, CoordinatorEpoch, now), now);
    }

    private void Record(Transaction transaction) => journal.Write(transaction.ToEntry());
}
