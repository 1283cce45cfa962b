namespace StreamInference.Broker.Protocol.Messages;

/// <summary>Metadata request (key 3), versions 0 to 12, flexible from 9.</summary>
internal sealed class MetadataRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.Metadata;

    public static short FlexibleFrom => 9;

    public List<TopicEntry>? Topics = [];
    public bool AllowAutoTopicCreation = true;
    public bool IncludeClusterAuthorizedOperations;
    public bool IncludeTopicAuthorizedOperations;

    public void Transfer(Wire wire, short version)
    {
        wire.NullableArray(ref Topics, version);
        if (version >= 4) wire.Bool(ref AllowAutoTopicCreation);
        if (version >= 8 && version <= 10) wire.Bool(ref IncludeClusterAuthorizedOperations);
        if (version >= 8) wire.Bool(ref IncludeTopicAuthorizedOperations);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public Guid TopicId;
        public string? Name;

        public void Transfer(Wire wire, short version)
        {
            if (version >= 10) wire.Uuid(ref TopicId);
            wire.NullableString(ref Name);
            wire.Tags();
        }
    }
}

/// <summary>Metadata response (key 3), versions 0 to 12, flexible from 9.</summary>
internal sealed class MetadataResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<BrokerEntry> Brokers = [];
    public string? ClusterId;
    public int ControllerId = -1;
    public List<TopicEntry> Topics = [];
    public int ClusterAuthorizedOperations = int.MinValue;

    public void Transfer(Wire wire, short version)
    {
        if (version >= 3) wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Brokers, version);
        if (version >= 2) wire.NullableString(ref ClusterId);
        if (version >= 1) wire.Int32(ref ControllerId);
        wire.Array(ref Topics, version);
        if (version >= 8 && version <= 10) wire.Int32(ref ClusterAuthorizedOperations);
        wire.Tags();
    }

    internal sealed class BrokerEntry : IMessage
    {
        public int NodeId;
        public string Host = "";
        public int Port;
        public string? Rack;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref NodeId);
            wire.String(ref Host);
            wire.Int32(ref Port);
            if (version >= 1) wire.NullableString(ref Rack);
            wire.Tags();
        }
    }

    internal sealed class TopicEntry : IMessage
    {
        public ErrorCode ErrorCode;
        public string? Name;
        public Guid TopicId;
        public bool IsInternal;
        public List<PartitionEntry> Partitions = [];
        public int TopicAuthorizedOperations = int.MinValue;

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.NullableString(ref Name);
            if (version >= 10) wire.Uuid(ref TopicId);
            if (version >= 1) wire.Bool(ref IsInternal);
            wire.Array(ref Partitions, version);
            if (version >= 8) wire.Int32(ref TopicAuthorizedOperations);
            wire.Tags();
        }
    }

    internal sealed class PartitionEntry : IMessage
    {
        public ErrorCode ErrorCode;
        public int PartitionIndex;
        public int LeaderId;
        public int LeaderEpoch = -1;
        public List<int> ReplicaNodes = [];
        public List<int> IsrNodes = [];
        public List<int> OfflineReplicas = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.Int32(ref PartitionIndex);
            wire.Int32(ref LeaderId);
            if (version >= 7) wire.Int32(ref LeaderEpoch);
            wire.Int32Array(ref ReplicaNodes);
            wire.Int32Array(ref IsrNodes);
            if (version >= 5) wire.Int32Array(ref OfflineReplicas);
            wire.Tags();
        }
    }
}
