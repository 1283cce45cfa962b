namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DeleteTopics request (key 20), versions 0 to 6, flexible from 4.</summary>
internal sealed class DeleteTopicsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DeleteTopics;

    public static short FlexibleFrom => 4;

    public List<TopicEntry> Topics = [];
    public List<string> TopicNames = [];
    public int TimeoutMs;

    public void Transfer(Wire wire, short version)
    {
        if (version >= 6) wire.Array(ref Topics, version);
        if (version <= 5) wire.StringArray(ref TopicNames);
        wire.Int32(ref TimeoutMs);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string? Name;
        public Guid TopicId;

        public void Transfer(Wire wire, short version)
        {
            wire.NullableString(ref Name);
            wire.Uuid(ref TopicId);
            wire.Tags();
        }
    }
}

/// <summary>DeleteTopics response (key 20), versions 0 to 6, flexible from 4.</summary>
internal sealed class DeleteTopicsResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<ResponseEntry> Responses = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Responses, version);
        wire.Tags();
    }

    internal sealed class ResponseEntry : IMessage
    {
        public string? Name;
        public Guid TopicId;
        public ErrorCode ErrorCode;
        public string? ErrorMessage;

        public void Transfer(Wire wire, short version)
        {
            wire.NullableString(ref Name);
            if (version >= 6) wire.Uuid(ref TopicId);
            wire.Error(ref ErrorCode);
            if (version >= 5) wire.NullableString(ref ErrorMessage);
            wire.Tags();
        }
    }
}
