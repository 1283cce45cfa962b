using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// OffsetDelete 0 (KIP-496). The broker does not read subscriptions, so while a group has members none of its offsets can
/// be deleted (GROUP_SUBSCRIBED_TO_TOPIC), where Kafka would allow topics that nobody is subscribed to.
/// </summary>
internal sealed class OffsetDeleteHandler(BrokerState state) : RequestHandler<OffsetDeleteRequest, OffsetDeleteResponse>(0, 0)
{
    protected override void Handle(Call call, OffsetDeleteRequest request)
    {
        if (state.Groups.Find(request.GroupId) is not { } group)
        {
            call.Complete(Fail(request, ErrorCode.GroupIdNotFound));
            return;
        }
        var error = group.State == GroupState.Empty ? ErrorCode.None : ErrorCode.GroupSubscribedToTopic;
        if (error == ErrorCode.None)
            group.Offsets.Delete([.. request.Topics.SelectMany(static topic => topic.Partitions.Select(each => new TopicPartition(topic.Name, each.PartitionIndex)))]);
        call.Complete(new OffsetDeleteResponse
        {
            Topics = [.. request.Topics.Select(topic => new TopicPartitions<OffsetDeleteResponse.PartitionEntry>
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(each => new OffsetDeleteResponse.PartitionEntry
                {
                    PartitionIndex = each.PartitionIndex,
                    ErrorCode = error,
                })],
            })],
        });
    }

    protected override OffsetDeleteResponse Fail(OffsetDeleteRequest request, ErrorCode error) => new() { ErrorCode = error };
}
