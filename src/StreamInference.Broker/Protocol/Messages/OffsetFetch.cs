namespace StreamInference.Broker.Protocol.Messages;

/// <summary>OffsetFetch request (key 9), versions 0 to 9, flexible from 6.</summary>
internal sealed class OffsetFetchRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.OffsetFetch;

    public static short FlexibleFrom => 6;

    public string GroupId = "";
    public List<TopicEntry>? Topics = [];
    public List<GroupEntry> Groups = [];
    public bool RequireStable;

    public void Transfer(Wire wire, short version)
    {
        if (version <= 7) wire.String(ref GroupId);
        if (version <= 7) wire.NullableArray(ref Topics, version);
        if (version >= 8) wire.Array(ref Groups, version);
        if (version >= 7) wire.Bool(ref RequireStable);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public List<int> PartitionIndexes = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Int32Array(ref PartitionIndexes);
            wire.Tags();
        }
    }

    internal sealed class GroupEntry : IMessage
    {
        public string GroupId = "";
        public string? MemberId;
        public int MemberEpoch = -1;
        public List<TopicEntry>? Topics = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref GroupId);
            if (version >= 9) wire.NullableString(ref MemberId);
            if (version >= 9) wire.Int32(ref MemberEpoch);
            wire.NullableArray(ref Topics, version);
            wire.Tags();
        }
    }
}

/// <summary>OffsetFetch response (key 9), versions 0 to 9, flexible from 6.</summary>
internal sealed class OffsetFetchResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<TopicPartitions<PartitionEntry>> Topics = [];
    public ErrorCode ErrorCode;
    public List<GroupEntry> Groups = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 3) wire.Int32(ref ThrottleTimeMs);
        if (version <= 7) wire.Array(ref Topics, version);
        if (version >= 2 && version <= 7) wire.Error(ref ErrorCode);
        if (version >= 8) wire.Array(ref Groups, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public long CommittedOffset;
        public int CommittedLeaderEpoch = -1;
        public string? Metadata;
        public ErrorCode ErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int64(ref CommittedOffset);
            if (version >= 5) wire.Int32(ref CommittedLeaderEpoch);
            wire.NullableString(ref Metadata);
            wire.Error(ref ErrorCode);
            wire.Tags();
        }
    }

    internal sealed class GroupEntry : IMessage
    {
        public string GroupId = "";
        public List<TopicPartitions<PartitionEntry>> Topics = [];
        public ErrorCode ErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref GroupId);
            wire.Array(ref Topics, version);
            wire.Error(ref ErrorCode);
            wire.Tags();
        }
    }
}
