namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DescribeProducers request (key 61), versions 0 to 0, flexible from 0.</summary>
internal sealed class DescribeProducersRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DescribeProducers;

    public static short FlexibleFrom => 0;

    public List<TopicEntry> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Topics, version);
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
}

/// <summary>DescribeProducers response (key 61), versions 0 to 0, flexible from 0.</summary>
internal sealed class DescribeProducersResponse : IMessage
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
        public string? ErrorMessage;
        public List<ProducerEntry> ActiveProducers = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Error(ref ErrorCode);
            wire.NullableString(ref ErrorMessage);
            wire.Array(ref ActiveProducers, version);
            wire.Tags();
        }
    }

    internal sealed class ProducerEntry : IMessage
    {
        public long ProducerId;
        public int ProducerEpoch;
        public int LastSequence = -1;
        public long LastTimestamp = -1;
        public int CoordinatorEpoch;
        public long CurrentTxnStartOffset = -1;

        public void Transfer(Wire wire, short version)
        {
            wire.Int64(ref ProducerId);
            wire.Int32(ref ProducerEpoch);
            wire.Int32(ref LastSequence);
            wire.Int64(ref LastTimestamp);
            wire.Int32(ref CoordinatorEpoch);
            wire.Int64(ref CurrentTxnStartOffset);
            wire.Tags();
        }
    }
}
