using StreamInference.Commit;
using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sources;
using StreamInference.Records;
using StreamInference.Runners;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sinks;

/// <summary>The offsets of a transaction, under the membership of this very moment.</summary>
internal static unsafe class GroupOffsets
{
    /// <summary>Sends the offset of every partition, moved or not; null when the transaction has them.</summary>
    public static KafkaFailure? Send(ITransactionalProducer producer, IGroupMembership membership, CommitRequest request, ProtocolRules rules, int timeoutMs)
    {
        nint metadata = membership.ReadGroupMetadata();
        if (metadata == 0) return NotAMember;
        nint list = rd_kafka_topic_partition_list_new(request.Offsets.Count);
        try
        {
            // The broker checks nothing at all for an empty member id.
            byte* member = rd_kafka_consumer_group_metadata_member_id(metadata);
            if (rules.NamedMember && (member is null || *member == 0)) return NotAMember;
            foreach (PartitionOffset offset in request.Offsets)
            {
                if (!rules.UnmovedOffsets && !Finishes(request, offset.Assignment)) continue;
                rd_kafka_topic_partition_list_add(list, offset.Assignment.Topic, offset.Assignment.Partition)->Offset = offset.NextOffset;
            }

            return producer.SendOffsets(list, metadata, timeoutMs);
        }
        finally
        {
            rd_kafka_topic_partition_list_destroy(list);
            rd_kafka_consumer_group_metadata_destroy(metadata);
        }
    }

    private static bool Finishes(CommitRequest request, PartitionAssignment assignment)
    {
        foreach (ResultRange range in request.Results)
            foreach (ref readonly Result result in range.Batch.Results.Slice(range.Start, range.Count))
                if (result.IsFinal && ReferenceEquals(result.Record.Assignment, assignment)) return true;
        return false;
    }

    private static KafkaFailure NotAMember => new(KafkaErrorCode.UnknownMember, false, RequiresAbort: true, false, "the consumer is not a member of its group");
}
