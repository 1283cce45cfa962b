using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>AddOffsetsToTxn 0-4: makes a group's offsets part of the transaction.</summary>
internal sealed class AddOffsetsToTxnHandler(BrokerState state) : RequestHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(0, 4)
{
    protected override void Handle(Call call, AddOffsetsToTxnRequest request)
    {
        var error = state.Transactions.AddGroup(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.GroupId);
        call.Complete(Fail(request, TransactionErrors.ForVersion(error, call.Version)));
    }

    protected override AddOffsetsToTxnResponse Fail(AddOffsetsToTxnRequest request, ErrorCode error) => new() { ErrorCode = error };
}
