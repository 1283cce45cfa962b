using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// AddPartitionsToTxn 0-5, one transaction or, from version 4, several. If a partition is unknown none is added, and the
/// others answer OPERATION_NOT_ATTEMPTED. Skipped: verify-only (between brokers).
/// </summary>
internal sealed class AddPartitionsToTxnHandler(BrokerState state) : RequestHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(0, 5)
{
    protected override void Handle(Call call, AddPartitionsToTxnRequest request) => call.Complete(new AddPartitionsToTxnResponse
    {
        Topics = call.Version > 3 ? [] : Add(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.Topics, call.Version),
        ResultsByTransaction = [.. request.Transactions.Select(each => new AddPartitionsToTxnResponse.TransactionEntry
        {
            TransactionalId = each.TransactionalId,
            TopicResults = Add(each.TransactionalId, each.ProducerId, each.ProducerEpoch, each.Topics, call.Version),
        })],
    });

    protected override AddPartitionsToTxnResponse Fail(AddPartitionsToTxnRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        Topics = Answer(request.Topics, (_, _) => error),
        ResultsByTransaction = [.. request.Transactions.Select(each => new AddPartitionsToTxnResponse.TransactionEntry
        {
            TransactionalId = each.TransactionalId,
            TopicResults = Answer(each.Topics, (_, _) => error),
        })],
    };

    private List<AddPartitionsToTxnResponse.TopicEntry> Add(
        string transactionalId, long producerId, short epoch, List<AddPartitionsToTxnRequest.TopicEntry> topics, short version)
    {
        var partitions = topics.SelectMany(static topic => topic.Partitions.Select(index => new TopicPartition(topic.Name, index))).ToList();
        if (!partitions.TrueForAll(Exists))
            return Answer(topics, (topic, index) => Exists(new(topic, index)) ? ErrorCode.OperationNotAttempted : ErrorCode.UnknownTopicOrPartition);
        var error = TransactionErrors.ForVersion(state.Transactions.AddPartitions(transactionalId, producerId, epoch, partitions), version);
        return Answer(topics, (_, _) => error);
    }

    private bool Exists(TopicPartition partition) => state.Topics.Find(partition.Topic, partition.Partition) is not null;

    private static List<AddPartitionsToTxnResponse.TopicEntry> Answer(
        List<AddPartitionsToTxnRequest.TopicEntry> topics, Func<string, int, ErrorCode> decide) =>
        [.. topics.Select(topic => new AddPartitionsToTxnResponse.TopicEntry
        {
            Name = topic.Name,
            ResultsByPartition = [.. topic.Partitions.Select(index => new AddPartitionsToTxnResponse.PartitionEntry
            {
                PartitionIndex = index,
                PartitionErrorCode = decide(topic.Name, index),
            })],
        })];
}
