namespace StreamInference.Broker.Transactions;

/// <summary>The states of a transactional id, with the numbers of Kafka's transaction log.</summary>
internal enum TransactionState : sbyte
{
    Empty = 0,
    Ongoing = 1,
    PrepareCommit = 2,
    PrepareAbort = 3,
    CompleteCommit = 4,
    CompleteAbort = 5,
}

/// <summary>The state machine as data: from which states each state may be entered (Kafka's <c>TransactionMetadata</c>).</summary>
internal static class TransactionStates
{
    private static readonly Dictionary<TransactionState, TransactionState[]> Predecessors = new()
    {
        [TransactionState.Empty] = [TransactionState.Empty, TransactionState.CompleteCommit, TransactionState.CompleteAbort],
        [TransactionState.Ongoing] = [TransactionState.Empty, TransactionState.Ongoing, TransactionState.CompleteCommit, TransactionState.CompleteAbort],
        [TransactionState.PrepareCommit] = [TransactionState.Ongoing],
        [TransactionState.PrepareAbort] = [TransactionState.Ongoing],
        [TransactionState.CompleteCommit] = [TransactionState.PrepareCommit],
        [TransactionState.CompleteAbort] = [TransactionState.PrepareAbort],
    };

    public static bool MayFollow(TransactionState from, TransactionState to) => Predecessors[to].Contains(from);

    /// <summary>The name that DescribeTransactions and ListTransactions show.</summary>
    public static string NameOf(TransactionState state) => state.ToString();
}
