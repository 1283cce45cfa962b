using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// OffsetCommit 0-9, by members of a group or, with generation -1, by anyone while the group is empty. Offsets do not
/// expire. Skipped: retention per commit (removed from Kafka), the commit time of version 1.
/// </summary>
internal sealed class OffsetCommitHandler(BrokerState state) : RequestHandler<OffsetCommitRequest, OffsetCommitResponse>(0, 9)
{
    /// <summary>Kafka's <c>offset.metadata.max.bytes</c>.</summary>
    public const int MaxMetadataBytes = 4096;

    protected override void Handle(Call call, OffsetCommitRequest request)
    {
        if (Validate(request) is var error and not ErrorCode.None)
        {
            call.Complete(Fail(request, error));
            return;
        }
        var accepted = new List<KeyValuePair<TopicPartition, CommittedOffset>>();
        var response = Answer(request, (topic, partition) => Accept(topic, partition, accepted));
        if (accepted.Count > 0) state.Groups.FindOrCreate(request.GroupId).Offsets.Commit(accepted);
        call.Complete(response);
    }

    protected override OffsetCommitResponse Fail(OffsetCommitRequest request, ErrorCode error) => Answer(request, (_, _) => error);

    private static OffsetCommitResponse Answer(OffsetCommitRequest request, Func<string, OffsetCommitRequest.PartitionEntry, ErrorCode> decide) => new()
    {
        Topics = [.. request.Topics.Select(topic => new TopicPartitions<OffsetCommitResponse.PartitionEntry>
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition => new OffsetCommitResponse.PartitionEntry
            {
                PartitionIndex = partition.PartitionIndex,
                ErrorCode = decide(topic.Name, partition),
            })],
        })],
    };

    private ErrorCode Validate(OffsetCommitRequest request)
    {
        var generation = request.GenerationIdOrMemberEpoch;
        if (state.Groups.Find(request.GroupId) is { } group)
            return group.ValidateOffsetCommit(request.MemberId, request.GroupInstanceId, generation, transactional: false);
        return generation < 0 ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private ErrorCode Accept(string topic, OffsetCommitRequest.PartitionEntry partition, List<KeyValuePair<TopicPartition, CommittedOffset>> accepted)
    {
        if (state.Topics.Find(topic, partition.PartitionIndex) is not { } found) return ErrorCode.UnknownTopicOrPartition;
        if (partition.CommittedMetadata?.Length > MaxMetadataBytes) return ErrorCode.OffsetMetadataTooLarge;
        accepted.Add(new(found.Key, new CommittedOffset(partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.CommittedMetadata, state.Now)));
        return ErrorCode.None;
    }
}
