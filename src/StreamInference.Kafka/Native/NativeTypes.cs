using System.Runtime.InteropServices;

namespace StreamInference.Kafka.Native;

/// <summary><c>rd_kafka_message_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeMessage
{
    public int Error;
    public nint Topic;
    public int Partition;
    public byte* Value;
    public nuint ValueSize;
    public byte* Key;
    public nuint KeySize;
    public long Offset;
    public nint Opaque;
}

/// <summary><c>rd_kafka_topic_partition_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTopicPartition
{
    public byte* Topic;
    public int Partition;
    public long Offset;
    public byte* Metadata;
    public nuint MetadataSize;
    public nint Opaque;
    public int Error;
    public nint Private;
}

/// <summary><c>rd_kafka_vu_t</c>: one argument of <c>rd_kafka_produceva</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct ProduceArgument
{
    [FieldOffset(0)]
    public ProduceArgumentKind Kind;

    [FieldOffset(8)]
    public nint Pointer;

    [FieldOffset(8)]
    public int Int32;

    [FieldOffset(8)]
    public long Int64;

    [FieldOffset(16)]
    public nuint Size;
}

/// <summary><c>rd_kafka_vtype_t</c>.</summary>
internal enum ProduceArgumentKind
{
    TopicHandle = 2,
    Partition = 3,
    Value = 4,
    Key = 5,
    Opaque = 6,
    MessageFlags = 7,
    Timestamp = 8,
    Headers = 10,
}

/// <summary>Numbers of rdkafka.h.</summary>
internal static class NativeConstants
{
    public const int ProducerType = 0;
    public const int CopyPayload = 0x2;
    public const int PartitionByKey = -1;
    public const int PurgeQueue = 0x1;
    public const int PurgeQueueAndInFlight = 0x3;
    public const int EventDeliveryReport = 0x1;
    public const int EventLog = 0x4;
    public const int EventError = 0x8;
}
