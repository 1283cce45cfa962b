using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>DeleteRecords 0-2: moves the start of a partition; -1 means to its end (the high watermark).</summary>
internal sealed class DeleteRecordsHandler(BrokerState state) : RequestHandler<DeleteRecordsRequest, DeleteRecordsResponse>(0, 2)
{
    protected override void Handle(Call call, DeleteRecordsRequest request) => call.Complete(Answer(request, Delete));

    protected override DeleteRecordsResponse Fail(DeleteRecordsRequest request, ErrorCode error) =>
        Answer(request, (_, partition) => new() { PartitionIndex = partition.PartitionIndex, LowWatermark = -1, ErrorCode = error });

    private static DeleteRecordsResponse Answer(
        DeleteRecordsRequest request, Func<string, DeleteRecordsRequest.PartitionEntry, DeleteRecordsResponse.PartitionEntry> decide) => new()
        {
            Topics = [.. request.Topics.Select(topic => new TopicPartitions<DeleteRecordsResponse.PartitionEntry>
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => decide(topic.Name, partition))],
            })],
        };

    private DeleteRecordsResponse.PartitionEntry Delete(string topic, DeleteRecordsRequest.PartitionEntry wanted)
    {
        var answer = new DeleteRecordsResponse.PartitionEntry { PartitionIndex = wanted.PartitionIndex, LowWatermark = -1 };
        if (state.Topics.Find(topic, wanted.PartitionIndex) is not { } partition)
        {
            answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
            return answer;
        }
        var offset = wanted.Offset == -1 ? partition.Log.EndOffset : wanted.Offset;
        if (offset < 0 || offset > partition.Log.EndOffset)
        {
            answer.ErrorCode = ErrorCode.OffsetOutOfRange;
            return answer;
        }
        partition.Log.AdvanceStart(offset);
        answer.LowWatermark = partition.Log.StartOffset;
        return answer;
    }
}
