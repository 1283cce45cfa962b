namespace StreamInference.Broker.Protocol.Messages;

/// <summary>Produce request (key 0), versions 0 to 11, flexible from 9.</summary>
internal sealed class ProduceRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.Produce;

    public static short FlexibleFrom => 9;

    public string? TransactionalId;
    public short Acks;
    public int TimeoutMs;
    public List<TopicEntry> TopicData = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 3) wire.NullableString(ref TransactionalId);
        wire.Int16(ref Acks);
        wire.Int32(ref TimeoutMs);
        wire.Array(ref TopicData, version);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public List<PartitionEntry> PartitionData = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Array(ref PartitionData, version);
            wire.Tags();
        }
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int Index;
        public RecordData Records;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref Index);
            wire.Records(ref Records);
            wire.Tags();
        }
    }
}

/// <summary>Produce response (key 0), versions 0 to 11, flexible from 9.</summary>
internal sealed class ProduceResponse : IMessage
{
    public List<TopicEntry> Responses = [];
    public int ThrottleTimeMs;

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Responses, version);
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public List<PartitionEntry> PartitionResponses = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Array(ref PartitionResponses, version);
            wire.Tags();
        }
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int Index;
        public ErrorCode ErrorCode;
        public long BaseOffset;
        public long LogAppendTimeMs = -1;
        public long LogStartOffset = -1;
        public List<RecordErrorEntry> RecordErrors = [];
        public string? ErrorMessage;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref Index);
            wire.Error(ref ErrorCode);
            wire.Int64(ref BaseOffset);
            if (version >= 2) wire.Int64(ref LogAppendTimeMs);
            if (version >= 5) wire.Int64(ref LogStartOffset);
            if (version >= 8) wire.Array(ref RecordErrors, version);
            if (version >= 8) wire.NullableString(ref ErrorMessage);
            wire.Tags();
        }
    }

    internal sealed class RecordErrorEntry : IMessage
    {
        public int BatchIndex;
        public string? BatchIndexErrorMessage;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref BatchIndex);
            wire.NullableString(ref BatchIndexErrorMessage);
            wire.Tags();
        }
    }
}
