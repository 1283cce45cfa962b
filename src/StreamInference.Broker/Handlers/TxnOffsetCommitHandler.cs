using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// TxnOffsetCommit 0-4: offsets that become the group's when the producer's transaction commits. The producer's epoch is
/// checked, and from version 3 the member's generation too (KIP-447). Skipped: implicit AddOffsetsToTxn of version 5.
/// </summary>
internal sealed class TxnOffsetCommitHandler(BrokerState state) : RequestHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(0, 4)
{
    protected override void Handle(Call call, TxnOffsetCommitRequest request)
    {
        if (Validate(request) is var error and not ErrorCode.None)
        {
            call.Complete(Fail(request, error));
            return;
        }
        var accepted = new List<KeyValuePair<TopicPartition, CommittedOffset>>();
        var response = Answer(request, (topic, partition) => Accept(topic, partition, accepted));
        if (accepted.Count > 0) state.Groups.FindOrCreate(request.GroupId).Offsets.AddPending(request.ProducerId, accepted);
        call.Complete(response);
    }

    protected override TxnOffsetCommitResponse Fail(TxnOffsetCommitRequest request, ErrorCode error) => Answer(request, (_, _) => error);

    private static TxnOffsetCommitResponse Answer(
        TxnOffsetCommitRequest request, Func<string, TxnOffsetCommitRequest.PartitionEntry, ErrorCode> decide) => new()
        {
            Topics = [.. request.Topics.Select(topic => new TopicPartitions<TxnOffsetCommitResponse.PartitionEntry>
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => new TxnOffsetCommitResponse.PartitionEntry
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = decide(topic.Name, partition),
                })],
            })],
        };

    private ErrorCode Validate(TxnOffsetCommitRequest request)
    {
        if (request.GroupId.Length == 0) return ErrorCode.InvalidGroupId;
        var producer = state.Transactions.CheckGroup(request.TransactionalId, request.ProducerId, request.ProducerEpoch, request.GroupId);
        // This API has no PRODUCER_FENCED: clients know the older code here.
        if (producer == ErrorCode.ProducerFenced) return ErrorCode.InvalidProducerEpoch;
        if (producer != ErrorCode.None) return producer;
        if (state.Groups.Find(request.GroupId) is { } group)
            return group.ValidateOffsetCommit(request.MemberId, request.GroupInstanceId, request.GenerationId, transactional: true);
        return request.GenerationId < 0 ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private ErrorCode Accept(string topic, TxnOffsetCommitRequest.PartitionEntry partition, List<KeyValuePair<TopicPartition, CommittedOffset>> accepted)
    {
        if (state.Topics.Find(topic, partition.PartitionIndex) is not { } found) return ErrorCode.UnknownTopicOrPartition;
        if (partition.CommittedMetadata?.Length > OffsetCommitHandler.MaxMetadataBytes) return ErrorCode.OffsetMetadataTooLarge;
        accepted.Add(new(found.Key, new CommittedOffset(partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.CommittedMetadata, state.Now)));
        return ErrorCode.None;
    }
}
