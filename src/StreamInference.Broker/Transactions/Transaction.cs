using StreamInference.Broker.Loop;
using StreamInference.Broker.State;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Transactions;

/// <summary>A transactional id: its producer's id and epoch, and what its open transaction touches. Owned by the coordinator.</summary>
internal sealed class Transaction(string id, long producerId)
{
    private const short LastUsableEpoch = short.MaxValue - 1;

    public string Id { get; } = id;

    public long ProducerId { get; private set; } = producerId;

    public short Epoch { get; private set; } = -1;

    /// <summary>The epoch before the last bump that a producer asked for itself, so that it may ask again (KIP-360).</summary>
    public short LastEpoch { get; private set; } = -1;

    public TransactionState State { get; private set; } = TransactionState.Empty;

    public TimeSpan Timeout { get; set; }

    /// <summary>Unix milliseconds of the first partition or group of the open transaction.</summary>
    public long StartedAt { get; set; } = -1;

    public LoopTimer? TimeoutTimer { get; set; }

    public HashSet<TopicPartition> Partitions { get; } = [];

    public HashSet<string> Groups { get; } = [];

    public bool IsOpen => State is TransactionState.Ongoing or TransactionState.PrepareCommit or TransactionState.PrepareAbort;

    public bool EpochIsExhausted => Epoch >= LastUsableEpoch;

    public void MoveTo(TransactionState state)
    {
        if (!TransactionStates.MayFollow(State, state))
            throw new InvalidOperationException($"transaction {Id} may not go from {State} to {state}");
        State = state;
    }

    public void BumpEpoch(bool atProducersWish)
    {
        LastEpoch = atProducersWish ? Epoch : (short)-1;
        Epoch++;
    }

    public void Renew(long producerId)
    {
        ProducerId = producerId;
        Epoch = 0;
        LastEpoch = -1;
    }

    public void Forget()
    {
        TimeoutTimer?.Cancel();
        Partitions.Clear();
        Groups.Clear();
        StartedAt = -1;
    }

    public TransactionEntry ToEntry() => new()
    {
        TransactionalId = Id,
        ProducerId = ProducerId,
        Epoch = Epoch,
        LastEpoch = LastEpoch,
        TimeoutMs = (int)Timeout.TotalMilliseconds,
        State = (sbyte)State,
        StartedAt = StartedAt,
        Partitions = [.. Partitions.Select(static partition => new PartitionEntry { Topic = partition.Topic, Partition = partition.Partition })],
        Groups = [.. Groups],
    };

    public static Transaction FromEntry(TransactionEntry entry)
    {
        var transaction = new Transaction(entry.TransactionalId, entry.ProducerId)
        {
            Epoch = entry.Epoch,
            LastEpoch = entry.LastEpoch,
            State = (TransactionState)entry.State,
            Timeout = TimeSpan.FromMilliseconds(entry.TimeoutMs),
            StartedAt = entry.StartedAt,
        };
        transaction.Partitions.UnionWith(entry.Partitions.Select(static each => new TopicPartition(each.Topic, each.Partition)));
        transaction.Groups.UnionWith(entry.Groups);
        return transaction;
    }
}
