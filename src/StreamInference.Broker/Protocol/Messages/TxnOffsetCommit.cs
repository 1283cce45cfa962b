namespace StreamInference.Broker.Protocol.Messages;

/// <summary>TxnOffsetCommit request (key 28), versions 0 to 4, flexible from 3.</summary>
internal sealed class TxnOffsetCommitRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.TxnOffsetCommit;

    public static short FlexibleFrom => 3;

    public string TransactionalId = "";
    public string GroupId = "";
    public long ProducerId;
    public short ProducerEpoch;
    public int GenerationId = -1;
    public string MemberId = "";
    public string? GroupInstanceId;
    public List<TopicPartitions<PartitionEntry>> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref TransactionalId);
        wire.String(ref GroupId);
        wire.Int64(ref ProducerId);
        wire.Int16(ref ProducerEpoch);
        if (version >= 3) wire.Int32(ref GenerationId);
        if (version >= 3) wire.String(ref MemberId);
        if (version >= 3) wire.NullableString(ref GroupInstanceId);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public long CommittedOffset;
        public int CommittedLeaderEpoch = -1;
        public string? CommittedMetadata;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int64(ref CommittedOffset);
            if (version >= 2) wire.Int32(ref CommittedLeaderEpoch);
            wire.NullableString(ref CommittedMetadata);
            wire.Tags();
        }
    }
}

/// <summary>TxnOffsetCommit response (key 28), versions 0 to 4, flexible from 3.</summary>
internal sealed class TxnOffsetCommitResponse : IMessage
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
        public ErrorCode ErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Error(ref ErrorCode);
            wire.Tags();
        }
    }
}
