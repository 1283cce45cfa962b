using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker.Handlers;

/// <summary>DescribeTransactions 0 (KIP-664).</summary>
internal sealed class DescribeTransactionsHandler(BrokerState state) : RequestHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>(0, 0)
{
    protected override void Handle(Call call, DescribeTransactionsRequest request) =>
        call.Complete(new DescribeTransactionsResponse { TransactionStates = [.. request.TransactionalIds.Select(Describe)] });

    protected override DescribeTransactionsResponse Fail(DescribeTransactionsRequest request, ErrorCode error) =>
        new() { TransactionStates = [.. request.TransactionalIds.Select(id => Failed(id, error))] };

    private DescribeTransactionsResponse.TransactionEntry Describe(string id)
    {
        if (state.Transactions.Find(id) is not { } transaction) return Failed(id, ErrorCode.TransactionalIdNotFound);
        return new()
        {
            TransactionalId = id,
            TransactionState = TransactionStates.NameOf(transaction.State),
            TransactionTimeoutMs = (int)transaction.Timeout.TotalMilliseconds,
            TransactionStartTimeMs = transaction.StartedAt,
            ProducerId = transaction.ProducerId,
            ProducerEpoch = transaction.Epoch,
            Topics = [.. transaction.Partitions.GroupBy(static each => each.Topic).Select(static topic => new DescribeTransactionsResponse.TopicEntry
            {
                Topic = topic.Key,
                Partitions = [.. topic.Select(static each => each.Partition)],
            })],
        };
    }

    private static DescribeTransactionsResponse.TransactionEntry Failed(string id, ErrorCode error) => new() { TransactionalId = id, ErrorCode = error };
}
