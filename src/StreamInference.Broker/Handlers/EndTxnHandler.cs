using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// EndTxn 0-4: commits or aborts. When it answers, markers and offsets are in place (Kafka writes the markers later).
/// Skipped: the epoch bump of transactions version 2 (version 5).
/// </summary>
internal sealed class EndTxnHandler(BrokerState state) : RequestHandler<EndTxnRequest, EndTxnResponse>(0, 4)
{
    protected override void Handle(Call call, EndTxnRequest request)
    {
        var error = state.Transactions.End(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.Committed);
        call.Complete(Fail(request, TransactionErrors.ForVersion(error, call.Version)));
    }

    protected override EndTxnResponse Fail(EndTxnRequest request, ErrorCode error) => new() { ErrorCode = error };
}
