using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// InitProducerId 0-5: a fresh id for an idempotent producer; the id and the next epoch for a transactional one, whose
/// open transaction is aborted first. Unlike Kafka this is done at once: CONCURRENT_TRANSACTIONS is never answered.
/// Skipped: two-phase commit (KIP-939).
/// </summary>
internal sealed class InitProducerIdHandler(BrokerState state) : RequestHandler<InitProducerIdRequest, InitProducerIdResponse>(0, 5)
{
    protected override void Handle(Call call, InitProducerIdRequest request)
    {
        var identity = request.TransactionalId is null
            ? new ProducerIdentity(ErrorCode.None, state.Transactions.Ids.Take(), 0)
            : state.Transactions.Initialize(
                request.TransactionalId, TimeSpan.FromMilliseconds(request.TransactionTimeoutMs), request.ProducerId, request.ProducerEpoch);
        var error = identity.Error == ErrorCode.ProducerFenced && call.Version < 4 ? ErrorCode.InvalidProducerEpoch : identity.Error;
        call.Complete(new InitProducerIdResponse { ErrorCode = error, ProducerId = identity.ProducerId, ProducerEpoch = identity.Epoch });
    }

    protected override InitProducerIdResponse Fail(InitProducerIdRequest request, ErrorCode error) =>
        new() { ErrorCode = error, ProducerEpoch = -1 };
}
