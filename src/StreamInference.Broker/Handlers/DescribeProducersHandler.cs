using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>DescribeProducers 0 (KIP-664): the producers that partitions know, with the start of an open transaction.</summary>
internal sealed class DescribeProducersHandler(BrokerState state) : RequestHandler<DescribeProducersRequest, DescribeProducersResponse>(0, 0)
{
    protected override void Handle(Call call, DescribeProducersRequest request) => call.Complete(Answer(request, Describe));

    protected override DescribeProducersResponse Fail(DescribeProducersRequest request, ErrorCode error) =>
        Answer(request, (_, index) => new() { PartitionIndex = index, ErrorCode = error });

    private static DescribeProducersResponse Answer(
        DescribeProducersRequest request, Func<string, int, DescribeProducersResponse.PartitionEntry> describe) => new()
        {
            Topics = [.. request.Topics.Select(topic => new TopicPartitions<DescribeProducersResponse.PartitionEntry>
            {
                Name = topic.Name,
                Partitions = [.. topic.PartitionIndexes.Select(index => describe(topic.Name, index))],
            })],
        };

    private DescribeProducersResponse.PartitionEntry Describe(string topic, int index)
    {
        if (state.Topics.Find(topic, index) is not { } partition) return new() { PartitionIndex = index, ErrorCode = ErrorCode.UnknownTopicOrPartition };
        return new()
        {
            PartitionIndex = index,
            ActiveProducers = [.. partition.Log.Producers.All.Select(static producer => new DescribeProducersResponse.ProducerEntry
            {
                ProducerId = producer.ProducerId,
                ProducerEpoch = producer.Epoch,
                LastSequence = producer.LastSequence,
                LastTimestamp = producer.LastTimestamp,
                CoordinatorEpoch = 0,
                CurrentTxnStartOffset = producer.TransactionStart,
            })],
        };
    }
}
