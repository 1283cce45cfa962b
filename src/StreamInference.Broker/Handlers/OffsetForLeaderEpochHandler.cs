using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>OffsetForLeaderEpoch 0-4 (librdkafka asks for exactly 2). There is one epoch, which ends at the end of the log.</summary>
internal sealed class OffsetForLeaderEpochHandler(BrokerState state)
    : RequestHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(0, 4)
{
    protected override void Handle(Call call, OffsetForLeaderEpochRequest request) => call.Complete(Answer(request, Find));

    protected override OffsetForLeaderEpochResponse Fail(OffsetForLeaderEpochRequest request, ErrorCode error) =>
        Answer(request, (_, wanted) => new() { Partition = wanted.Partition, ErrorCode = error });

    private static OffsetForLeaderEpochResponse Answer(
        OffsetForLeaderEpochRequest request,
        Func<string, OffsetForLeaderEpochRequest.PartitionEntry, OffsetForLeaderEpochResponse.PartitionEntry> find) => new()
        {
            Topics = [.. request.Topics.Select(topic => new TopicPartitions<OffsetForLeaderEpochResponse.PartitionEntry>
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => find(topic.Name, partition))],
            })],
        };

    private OffsetForLeaderEpochResponse.PartitionEntry Find(string topic, OffsetForLeaderEpochRequest.PartitionEntry wanted)
    {
        var answer = new OffsetForLeaderEpochResponse.PartitionEntry { Partition = wanted.Partition };
        if (state.Topics.Find(topic, wanted.Partition) is not { } partition)
        {
            answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
            return answer;
        }
        answer.ErrorCode = LeaderEpochs.Check(wanted.CurrentLeaderEpoch);
        if (answer.ErrorCode != ErrorCode.None || wanted.LeaderEpoch != PartitionLog.LeaderEpoch) return answer;
        answer.LeaderEpoch = PartitionLog.LeaderEpoch;
        answer.EndOffset = partition.Log.EndOffset;
        return answer;
    }
}
