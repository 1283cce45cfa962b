using StreamInference.Kafka.Native;

namespace StreamInference.Kafka.Sinks;

/// <summary>How far the transaction is; each phase has one pending call.</summary>
internal enum TransactionPhase
{
    /// <summary>A new producer; pending: init transactions.</summary>
    New,

    /// <summary>No transaction; pending: begin.</summary>
    Idle,

    /// <summary>Begun; pending: produce the rest and flush it.</summary>
    Producing,

    /// <summary>Every record is settled; pending: send offsets.</summary>
    Flushed,

    /// <summary>The offsets are part of the transaction; pending: commit. The one phase from which a commit may be called first.</summary>
    OffsetsSent,

    /// <summary>A commit was called and has not answered definitely; pending: that same commit.</summary>
    Committing,

    /// <summary>Pending: abort.</summary>
    Aborting,
}

/// <summary>What a failed call makes necessary.</summary>
internal enum TransactionStep
{
    /// <summary>The same call again, and nothing else.</summary>
    Repeat,

    /// <summary>Abort; the work is kept.</summary>
    Abort,

    /// <summary>A new producer: taken over, or uncertain.</summary>
    Replace,

    /// <summary>Nothing helps.</summary>
    Stop,
}

/// <summary>The error rules of librdkafka's transactions (KIP-98, KIP-360, KIP-447; rdkafka_txnmgr.c) as pure decisions.</summary>
internal static class TransactionRules
{
    // Phase -> phase after its call succeeded.
    private static readonly TransactionPhase[] Next = BuildNext();

    /// <summary>The phase after the pending call of <paramref name="phase"/> returned ok.</summary>
    public static TransactionPhase After(TransactionPhase phase) => Next[(int)phase];

    /// <summary>
    /// Asked in this order: fatal, requires abort, retriable, else fatal. Retriable is always about the pending call: a send-offsets that timed out
    /// carries it too, and a commit after that one would succeed without the offsets.
    /// </summary>
    public static TransactionStep Decide(TransactionPhase phase, in KafkaFailure failure)
    {
        if (failure.IsFatal || failure.Code is KafkaErrorCode.Fatal or KafkaErrorCode.Fenced)
            return IsRefused(failure.Code) ? TransactionStep.Stop : TransactionStep.Replace;
        // Abort never asks for itself; were it to, only a new producer is left.
        if (failure.RequiresAbort) return phase is TransactionPhase.Aborting or TransactionPhase.New ? TransactionStep.Replace : TransactionStep.Abort;
        if (failure.IsRetriable) return TransactionStep.Repeat;
        // Before the first transaction nothing is at stake, and a coordinator may just be starting.
        return phase == TransactionPhase.New && !IsRefused(failure.Code) ? TransactionStep.Replace : TransactionStep.Stop;
    }

    /// <summary>Whether an error would meet a new producer too: authorization, versions, configuration.</summary>
    public static bool IsRefused(int code) => code is KafkaErrorCode.TopicAuthorizationFailed or KafkaErrorCode.GroupAuthorizationFailed
        or KafkaErrorCode.ClusterAuthorizationFailed or KafkaErrorCode.TransactionalIdAuthorizationFailed or KafkaErrorCode.UnsupportedVersion
        or KafkaErrorCode.UnsupportedFeature or KafkaErrorCode.InvalidTransactionTimeout or KafkaErrorCode.InvalidConfiguration;

    /// <summary>Whether the work, once aborted for this reason, would be aborted for it again: no topic, no right to it.</summary>
    public static bool WouldAbortAgain(int code) => IsRefused(code)
        || code is KafkaErrorCode.UnknownTopicOrPartition or KafkaErrorCode.UnknownTopic or KafkaErrorCode.UnknownPartition;

    /// <summary>Whether the broker or the client found a record too large.</summary>
    public static bool IsTooLarge(int code) => code is KafkaErrorCode.MessageSizeTooLarge or KafkaErrorCode.RecordListTooLarge;

    /// <summary>Whether a record failed only because others did: it was purged by the abort.</summary>
    public static bool IsPurge(int code) => code is KafkaErrorCode.PurgedInQueue or KafkaErrorCode.PurgedInFlight;

    private static TransactionPhase[] BuildNext()
    {
        TransactionPhase[] next = new TransactionPhase[Enum.GetValues<TransactionPhase>().Length];
        next[(int)TransactionPhase.New] = TransactionPhase.Idle;
        next[(int)TransactionPhase.Idle] = TransactionPhase.Producing;
        next[(int)TransactionPhase.Producing] = TransactionPhase.Flushed;
        next[(int)TransactionPhase.Flushed] = TransactionPhase.OffsetsSent;
        next[(int)TransactionPhase.OffsetsSent] = TransactionPhase.Idle;
        next[(int)TransactionPhase.Committing] = TransactionPhase.Idle;
        next[(int)TransactionPhase.Aborting] = TransactionPhase.Idle;
        return next;
    }
}
