namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DescribeLogDirs request (key 35), versions 0 to 4, flexible from 2.</summary>
internal sealed class DescribeLogDirsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DescribeLogDirs;

    public static short FlexibleFrom => 2;

    public List<TopicEntry>? Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.NullableArray(ref Topics, version);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Topic = "";
        public List<int> Partitions = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Topic);
            wire.Int32Array(ref Partitions);
            wire.Tags();
        }
    }
}

/// <summary>DescribeLogDirs response (key 35), versions 0 to 4, flexible from 2.</summary>
internal sealed class DescribeLogDirsResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public List<ResultEntry> Results = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        if (version >= 3) wire.Error(ref ErrorCode);
        wire.Array(ref Results, version);
        wire.Tags();
    }

    internal sealed class ResultEntry : IMessage
    {
        public ErrorCode ErrorCode;
        public string LogDir = "";
        public List<TopicPartitions<PartitionEntry>> Topics = [];
        public long TotalBytes = -1;
        public long UsableBytes = -1;

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.String(ref LogDir);
            wire.Array(ref Topics, version);
            if (version >= 4) wire.Int64(ref TotalBytes);
            if (version >= 4) wire.Int64(ref UsableBytes);
            wire.Tags();
        }
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public long PartitionSize;
        public long OffsetLag;
        public bool IsFutureKey;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int64(ref PartitionSize);
            wire.Int64(ref OffsetLag);
            wire.Bool(ref IsFutureKey);
            wire.Tags();
        }
    }
}
