using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// OffsetFetch 0-9, one group or from version 8 several, some partitions or all. With require_stable a partition whose
/// offset an open transaction is about to change answers UNSTABLE_OFFSET_COMMIT (KIP-447). Skipped: the checks of
/// KIP-848 members.
/// </summary>
internal sealed class OffsetFetchHandler(BrokerState state) : RequestHandler<OffsetFetchRequest, OffsetFetchResponse>(0, 9)
{
    protected override void Handle(Call call, OffsetFetchRequest request) => call.Complete(new OffsetFetchResponse
    {
        Topics = Find(request.GroupId, call.Version < 8 ? request.Topics : [], request.RequireStable),
        Groups = [.. request.Groups.Select(group => new OffsetFetchResponse.GroupEntry
        {
            GroupId = group.GroupId,
            Topics = Find(group.GroupId, group.Topics, request.RequireStable),
        })],
    });

    protected override OffsetFetchResponse Fail(OffsetFetchRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        Topics = [.. (request.Topics ?? []).Select(topic => new TopicPartitions<OffsetFetchResponse.PartitionEntry>
        {
            Name = topic.Name,
            Partitions = [.. topic.PartitionIndexes.Select(index => NoOffset(index, error))],
        })],
        Groups = [.. request.Groups.Select(group => new OffsetFetchResponse.GroupEntry { GroupId = group.GroupId, ErrorCode = error })],
    };

    private List<TopicPartitions<OffsetFetchResponse.PartitionEntry>> Find(string groupId, List<OffsetFetchRequest.TopicEntry>? topics, bool requireStable)
    {
        var offsets = state.Groups.Find(groupId)?.Offsets;
        if (topics is not null)
        {
            return [.. topics.Select(topic => new TopicPartitions<OffsetFetchResponse.PartitionEntry>
            {
                Name = topic.Name,
                Partitions = [.. topic.PartitionIndexes.Select(index => Find(offsets, new(topic.Name, index), requireStable))],
            })];
        }
        if (offsets is null) return [];
        return [.. offsets.Committed.Keys.GroupBy(static key => key.Topic).Select(topic => new TopicPartitions<OffsetFetchResponse.PartitionEntry>
        {
            Name = topic.Key,
            Partitions = [.. topic.Select(key => Find(offsets, key, requireStable))],
        })];
    }

    private static OffsetFetchResponse.PartitionEntry Find(GroupOffsets? offsets, TopicPartition key, bool requireStable)
    {
        if (offsets is null) return NoOffset(key.Partition, ErrorCode.None);
        if (requireStable && offsets.IsUnstable(key)) return NoOffset(key.Partition, ErrorCode.UnstableOffsetCommit);
        if (!offsets.Committed.TryGetValue(key, out var committed)) return NoOffset(key.Partition, ErrorCode.None);
        return new()
        {
            PartitionIndex = key.Partition,
            CommittedOffset = committed.Offset,
            CommittedLeaderEpoch = committed.LeaderEpoch,
            Metadata = committed.Metadata ?? "",
        };
    }

    private static OffsetFetchResponse.PartitionEntry NoOffset(int partition, ErrorCode error) =>
        new() { PartitionIndex = partition, CommittedOffset = -1, Metadata = "", ErrorCode = error };
}
