namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DeleteRecords request (key 21), versions 0 to 2, flexible from 2.</summary>
internal sealed class DeleteRecordsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DeleteRecords;

    public static short FlexibleFrom => 2;

    public List<TopicPartitions<PartitionEntry>> Topics = [];
    public int TimeoutMs;

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Topics, version);
        wire.Int32(ref TimeoutMs);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public long Offset;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int64(ref Offset);
            wire.Tags();
        }
    }
}

/// <summary>DeleteRecords response (key 21), versions 0 to 2, flexible from 2.</summary>
internal sealed class DeleteRecordsResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public long LowWatermark;
        public ErrorCode ErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int64(ref LowWatermark);
            wire.Error(ref ErrorCode);
            wire.Tags();
        }
    }
}
