using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Faults;

/// <summary>The faults in force. Added from any thread; asked on the loop.</summary>
internal sealed class FaultRegistry
{
    private FaultHandle[] _handles = [];

    public FaultHandle Add(ApiKey key, Func<FaultContext, FaultAction> decide)
    {
        var handle = new FaultHandle(key, decide);
        FaultHandle[] before;
        do
        {
            before = _handles;
        }
        while (Interlocked.CompareExchange(ref _handles, [.. before.Where(static each => !each.IsEnded), handle], before) != before);
        return handle;
    }

    /// <summary>The first action other than pass, oldest fault first.</summary>
    public FaultAction Decide(Call call)
    {
        foreach (var handle in _handles)
        {
            if (handle.IsEnded || handle.Key != call.Handler.Key) continue;
            if (handle.Decide(Describe(call)) is var action && action != FaultAction.Pass) return action;
        }
        return FaultAction.Pass;
    }

    private static FaultContext Describe(Call call) => new()
    {
        Key = call.Handler.Key,
        Version = call.Version,
        ClientId = call.ClientId,
        Attempt = 0,
        GroupId = GroupOf(call.Request),
        TransactionalId = TransactionOf(call.Request),
    };

    private static string? GroupOf(object request) => request switch
    {
        JoinGroupRequest join => join.GroupId,
        SyncGroupRequest sync => sync.GroupId,
        HeartbeatRequest heartbeat => heartbeat.GroupId,
        LeaveGroupRequest leave => leave.GroupId,
        OffsetCommitRequest commit => commit.GroupId,
        OffsetFetchRequest fetch => fetch.Groups.Count > 0 ? fetch.Groups[0].GroupId : fetch.GroupId,
        AddOffsetsToTxnRequest add => add.GroupId,
        TxnOffsetCommitRequest commit => commit.GroupId,
        _ => null,
    };

    private static string? TransactionOf(object request) => request switch
    {
        ProduceRequest produce => produce.TransactionalId,
        InitProducerIdRequest init => init.TransactionalId,
        AddPartitionsToTxnRequest add => add.Transactions.Count > 0 ? add.Transactions[0].TransactionalId : add.TransactionalId,
        AddOffsetsToTxnRequest add => add.TransactionalId,
        TxnOffsetCommitRequest commit => commit.TransactionalId,
        EndTxnRequest end => end.TransactionalId,
        _ => null,
    };
}
