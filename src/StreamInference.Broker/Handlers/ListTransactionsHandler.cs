using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker.Handlers;

/// <summary>ListTransactions 0-1 (KIP-664, the duration filter of KIP-994).</summary>
internal sealed class ListTransactionsHandler(BrokerState state) : RequestHandler<ListTransactionsRequest, ListTransactionsResponse>(0, 1)
{
    protected override void Handle(Call call, ListTransactionsRequest request) => call.Complete(new ListTransactionsResponse
    {
        UnknownStateFilters = [.. request.StateFilters.Where(static filter => !Enum.GetNames<TransactionState>().Contains(filter))],
        TransactionStates = [.. state.Transactions.All.Where(transaction => Passes(transaction, request)).Select(static transaction =>
            new ListTransactionsResponse.TransactionEntry
            {
                TransactionalId = transaction.Id,
                ProducerId = transaction.ProducerId,
                TransactionState = TransactionStates.NameOf(transaction.State),
            })],
    });

    protected override ListTransactionsResponse Fail(ListTransactionsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private bool Passes(Transaction transaction, ListTransactionsRequest request) =>
        (request.StateFilters.Count == 0 || request.StateFilters.Contains(TransactionStates.NameOf(transaction.State)))
        && (request.ProducerIdFilters.Count == 0 || request.ProducerIdFilters.Contains(transaction.ProducerId))
        && (request.DurationFilter < 0 || (transaction.StartedAt >= 0 && state.Now - transaction.StartedAt >= request.DurationFilter));
}
