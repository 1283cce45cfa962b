namespace StreamInference.Broker.Protocol.Messages;

/// <summary>OffsetCommit request (key 8), versions 0 to 9, flexible from 8.</summary>
internal sealed class OffsetCommitRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.OffsetCommit;

    public static short FlexibleFrom => 8;

    public string GroupId = "";
    public int GenerationIdOrMemberEpoch = -1;
    public string MemberId = "";
    public string? GroupInstanceId;
    public long RetentionTimeMs = -1;
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        if (version >= 1) wire.Int32(ref GenerationIdOrMemberEpoch);
        if (version >= 1) wire.String(ref MemberId);
        if (version >= 7) wire.NullableString(ref GroupInstanceId);
        if (version >= 2 && version <= 4) wire.Int64(ref RetentionTimeMs);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public long CommittedOffset;
        public int CommittedLeaderEpoch = -1;
        public long CommitTimestamp = -1;
        public string? CommittedMetadata;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int64(ref CommittedOffset);
            if (version >= 6) wire.Int32(ref CommittedLeaderEpoch);
            if (version == 1) wire.Int64(ref CommitTimestamp);
            wire.NullableString(ref CommittedMetadata);
            wire.Tags();
        }
    }
}

/// <summary>OffsetCommit response (key 8), versions 0 to 9, flexible from 8.</summary>
internal sealed class OffsetCommitResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 3) wire.Int32(ref ThrottleTimeMs);
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
