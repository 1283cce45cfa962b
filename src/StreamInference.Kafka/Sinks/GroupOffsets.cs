using StreamInference.Commit;
using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sources;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sinks;

/// <summary>The offsets of a transaction, under the membership of this very moment.</summary>
internal static unsafe class GroupOffsets
{
    /// <summary>Sends the offset of every partition, moved or not; null when the transaction has them.</summary>
    public static KafkaFailure? Send(ITransactionalProducer producer, IGroupMembership membership, List<PartitionOffset> offsets, int timeoutMs)
    {
        nint metadata = membership.ReadGroupMetadata();
        if (metadata == 0) return NotAMember;
        nint list = rd_kafka_topic_partition_list_new(offsets.Count);
        try
        {
            // The broker checks nothing at all for an empty member id.
            byte* member = rd_kafka_consumer_group_metadata_member_id(metadata);
            if (member is null || *member == 0) return NotAMember;
            foreach (PartitionOffset offset in offsets)
                rd_kafka_topic_partition_list_add(list, offset.Assignment.Topic, offset.Assignment.Partition)->Offset = offset.NextOffset;
            return producer.SendOffsets(list, metadata, timeoutMs);
        }
        finally
        {
            rd_kafka_topic_partition_list_destroy(list);
            rd_kafka_consumer_group_metadata_destroy(metadata);
        }
    }

    private static KafkaFailure NotAMember => new(KafkaErrorCode.UnknownMember, false, RequiresAbort: true, false, "the consumer is not a member of its group");
}
