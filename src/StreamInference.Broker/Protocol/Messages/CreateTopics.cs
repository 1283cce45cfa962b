namespace StreamInference.Broker.Protocol.Messages;

/// <summary>CreateTopics request (key 19), versions 0 to 7, flexible from 5.</summary>
internal sealed class CreateTopicsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.CreateTopics;

    public static short FlexibleFrom => 5;

    public List<TopicEntry> Topics = [];
    public int TimeoutMs = 60000;
    public bool ValidateOnly;

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Topics, version);
        wire.Int32(ref TimeoutMs);
        if (version >= 1) wire.Bool(ref ValidateOnly);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public int NumPartitions;
        public short ReplicationFactor;
        public List<AssignmentEntry> Assignments = [];
        public List<ConfigEntry> Configs = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Int32(ref NumPartitions);
            wire.Int16(ref ReplicationFactor);
            wire.Array(ref Assignments, version);
            wire.Array(ref Configs, version);
            wire.Tags();
        }
    }

    internal sealed class AssignmentEntry : IMessage
    {
        public int PartitionIndex;
        public List<int> BrokerIds = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Int32Array(ref BrokerIds);
            wire.Tags();
        }
    }

    internal sealed class ConfigEntry : IMessage
    {
        public string Name = "";
        public string? Value;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Tags();
        }
    }
}

/// <summary>CreateTopics response (key 19), versions 0 to 7, flexible from 5.</summary>
internal sealed class CreateTopicsResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<TopicEntry> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 2) wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public Guid TopicId;
        public ErrorCode ErrorCode;
        public string? ErrorMessage;
        public int NumPartitions = -1;
        public short ReplicationFactor = -1;
        public List<ConfigEntry>? Configs = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            if (version >= 7) wire.Uuid(ref TopicId);
            wire.Error(ref ErrorCode);
            if (version >= 1) wire.NullableString(ref ErrorMessage);
            if (version >= 5) wire.Int32(ref NumPartitions);
            if (version >= 5) wire.Int16(ref ReplicationFactor);
            if (version >= 5) wire.NullableArray(ref Configs, version);
            wire.Tags();
        }
    }

    internal sealed class ConfigEntry : IMessage
    {
        public string Name = "";
        public string? Value;
        public bool ReadOnly;
        public sbyte ConfigSource = -1;
        public bool IsSensitive;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Bool(ref ReadOnly);
            wire.Int8(ref ConfigSource);
            wire.Bool(ref IsSensitive);
            wire.Tags();
        }
    }
}
