using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sources;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Conformance;

/// <summary>A membership as it was at some moment, or as it never was: what a zombie holds.</summary>
internal sealed class FixedMembership(string group, int generation, string member, string? instance) : IGroupMembership
{
    /// <summary>The membership of <paramref name="source"/> at this moment.</summary>
    public static unsafe FixedMembership Of(KafkaRecordSource source, string group, string? instance = null)
    {
        nint metadata = ((IGroupMembership)source).ReadGroupMetadata();
        FixedMembership membership = new(
            group, rd_kafka_consumer_group_metadata_generation_id(metadata), NativeText.Read(rd_kafka_consumer_group_metadata_member_id(metadata)), instance);
        rd_kafka_consumer_group_metadata_destroy(metadata);
        return membership;
    }

    public nint ReadGroupMetadata() => rd_kafka_consumer_group_metadata_new_with_genid(group, generation, member, instance);
}
