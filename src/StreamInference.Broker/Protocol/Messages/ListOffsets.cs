namespace StreamInference.Broker.Protocol.Messages;

/// <summary>ListOffsets request (key 2), versions 0 to 10, flexible from 6.</summary>
internal sealed class ListOffsetsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.ListOffsets;

    public static short FlexibleFrom => 6;

    public int ReplicaId;
    public sbyte IsolationLevel;
    public List<TopicPartitions<PartitionEntry>> Topics = [];
    public int TimeoutMs;

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ReplicaId);
        if (version >= 2) wire.Int8(ref IsolationLevel);
        wire.Array(ref Topics, version);
        if (version >= 10) wire.Int32(ref TimeoutMs);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public int CurrentLeaderEpoch = -1;
        public long Timestamp;
        public int MaxNumOffsets = 1;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            if (version >= 4) wire.Int32(ref CurrentLeaderEpoch);
            wire.Int64(ref Timestamp);
            if (version == 0) wire.Int32(ref MaxNumOffsets);
            wire.Tags();
        }
    }
}

/// <summary>ListOffsets response (key 2), versions 0 to 10, flexible from 6.</summary>
internal sealed class ListOffsetsResponse : IMessage
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
        public int PartitionIndex;
        public ErrorCode ErrorCode;
        public List<long> OldStyleOffsets = [];
        public long Timestamp = -1;
        public long Offset = -1;
        public int LeaderEpoch = -1;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Error(ref ErrorCode);
            if (version == 0) wire.Int64Array(ref OldStyleOffsets);
            if (version >= 1) wire.Int64(ref Timestamp);
            if (version >= 1) wire.Int64(ref Offset);
            if (version >= 4) wire.Int32(ref LeaderEpoch);
            wire.Tags();
        }
    }
}
