namespace StreamInference.Broker.Protocol.Messages;

/// <summary>OffsetForLeaderEpoch request (key 23), versions 0 to 4, flexible from 4.</summary>
internal sealed class OffsetForLeaderEpochRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.OffsetForLeaderEpoch;

    public static short FlexibleFrom => 4;

    public int ReplicaId = -2;
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 3) wire.Int32(ref ReplicaId);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int Partition;
        public int CurrentLeaderEpoch = -1;
        public int LeaderEpoch;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref Partition);
            if (version >= 2) wire.Int32(ref CurrentLeaderEpoch);
            wire.Int32(ref LeaderEpoch);
            wire.Tags();
        }
    }
}

/// <summary>OffsetForLeaderEpoch response (key 23), versions 0 to 4, flexible from 4.</summary>
internal sealed class OffsetForLeaderEpochResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 2) wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public ErrorCode ErrorCode;
        public int Partition;
        public int LeaderEpoch = -1;
        public long EndOffset = -1;

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.Int32(ref Partition);
            if (version >= 1) wire.Int32(ref LeaderEpoch);
            wire.Int64(ref EndOffset);
            wire.Tags();
        }
    }
}
