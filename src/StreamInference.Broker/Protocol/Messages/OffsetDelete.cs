namespace StreamInference.Broker.Protocol.Messages;

/// <summary>OffsetDelete request (key 47), versions 0 to 0.</summary>
internal sealed class OffsetDeleteRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.OffsetDelete;

    public static short FlexibleFrom => short.MaxValue;

    public string GroupId = "";
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Tags();
        }
    }
}

/// <summary>OffsetDelete response (key 47), versions 0 to 0.</summary>
internal sealed class OffsetDeleteResponse : IMessage
{
    public ErrorCode ErrorCode;
    public int ThrottleTimeMs;
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Error(ref ErrorCode);
        wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public ErrorCode ErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Error(ref ErrorCode);
            wire.Tags();
        }
    }
}
