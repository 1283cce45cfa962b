using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Protocol.Messages;

/// <summary>Fetch request (key 1), versions 0 to 16, flexible from 12.</summary>
internal sealed class FetchRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.Fetch;

    public static short FlexibleFrom => 12;

    public int ReplicaId = -1;
    public int MaxWaitMs;
    public int MinBytes;
    public int MaxBytes = int.MaxValue;
    public sbyte IsolationLevel;
    public int SessionId;
    public int SessionEpoch = -1;
    public List<TopicEntry> Topics = [];
    public List<ForgottenTopicEntry> ForgottenTopicsData = [];
    public string RackId = "";

    public void Transfer(Wire wire, short version)
    {
        if (version <= 14) wire.Int32(ref ReplicaId);
        wire.Int32(ref MaxWaitMs);
        wire.Int32(ref MinBytes);
        if (version >= 3) wire.Int32(ref MaxBytes);
        if (version >= 4) wire.Int8(ref IsolationLevel);
        if (version >= 7) wire.Int32(ref SessionId);
        if (version >= 7) wire.Int32(ref SessionEpoch);
        wire.Array(ref Topics, version);
        if (version >= 7) wire.Array(ref ForgottenTopicsData, version);
        if (version >= 11) wire.String(ref RackId);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Topic = "";
        public Guid TopicId;
        public List<PartitionEntry> Partitions = [];

        public void Transfer(Wire wire, short version)
        {
            if (version <= 12) wire.String(ref Topic);
            if (version >= 13) wire.Uuid(ref TopicId);
            wire.Array(ref Partitions, version);
            wire.Tags();
        }
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int Partition;
        public int CurrentLeaderEpoch = -1;
        public long FetchOffset;
        public int LastFetchedEpoch = -1;
        public long LogStartOffset = -1;
        public int PartitionMaxBytes;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref Partition);
            if (version >= 9) wire.Int32(ref CurrentLeaderEpoch);
            wire.Int64(ref FetchOffset);
            if (version >= 12) wire.Int32(ref LastFetchedEpoch);
            if (version >= 5) wire.Int64(ref LogStartOffset);
            wire.Int32(ref PartitionMaxBytes);
            wire.Tags();
        }
    }

    internal sealed class ForgottenTopicEntry : IMessage
    {
        public string Topic = "";
        public Guid TopicId;
        public List<int> Partitions = [];

        public void Transfer(Wire wire, short version)
        {
            if (version <= 12) wire.String(ref Topic);
            if (version >= 13) wire.Uuid(ref TopicId);
            wire.Int32Array(ref Partitions);
            wire.Tags();
        }
    }
}

/// <summary>Fetch response (key 1), versions 0 to 16, flexible from 12.</summary>
internal sealed class FetchResponse : IMessage, IDisposable
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public int SessionId;
    public List<TopicEntry> Responses = [];

    /// <summary>Holds the records of file logs until the response is written; no part of the message.</summary>
    public LeasedBuffers Buffers { get; } = new();

    public void Dispose() => Buffers.Dispose();

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        if (version >= 7) wire.Error(ref ErrorCode);
        if (version >= 7) wire.Int32(ref SessionId);
        wire.Array(ref Responses, version);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Topic = "";
        public Guid TopicId;
        public List<PartitionEntry> Partitions = [];

        public void Transfer(Wire wire, short version)
        {
            if (version <= 12) wire.String(ref Topic);
            if (version >= 13) wire.Uuid(ref TopicId);
            wire.Array(ref Partitions, version);
            wire.Tags();
        }
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public ErrorCode ErrorCode;
        public long HighWatermark;
        public long LastStableOffset = -1;
        public long LogStartOffset = -1;
        public List<AbortedTransactionEntry>? AbortedTransactions = [];
        public int PreferredReadReplica = -1;
        public RecordData Records;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Error(ref ErrorCode);
            wire.Int64(ref HighWatermark);
            if (version >= 4) wire.Int64(ref LastStableOffset);
            if (version >= 5) wire.Int64(ref LogStartOffset);
            if (version >= 4) wire.NullableArray(ref AbortedTransactions, version);
            if (version >= 11) wire.Int32(ref PreferredReadReplica);
            wire.Records(ref Records);
            wire.Tags();
        }
    }

    internal sealed class AbortedTransactionEntry : IMessage
    {
        public long ProducerId;
        public long FirstOffset;

        public void Transfer(Wire wire, short version)
        {
            wire.Int64(ref ProducerId);
            wire.Int64(ref FirstOffset);
            wire.Tags();
        }
    }
}
