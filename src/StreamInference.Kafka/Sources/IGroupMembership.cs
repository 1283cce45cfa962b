namespace StreamInference.Kafka.Sources;

/// <summary>
/// The consumer's place in its group, for the offsets of a transaction. Read on the worker loop, in the same step as the set of active
/// assignments: the group fences the epoch, not the partition, so fresh metadata beside a stale set would commit another member's partition.
/// </summary>
internal interface IGroupMembership
{
    /// <summary>Reads the metadata now. The caller destroys it with <c>rd_kafka_consumer_group_metadata_destroy</c>; 0 when there is no member.</summary>
    nint ReadGroupMetadata();
}
