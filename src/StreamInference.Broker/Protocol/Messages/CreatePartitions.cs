namespace StreamInference.Broker.Protocol.Messages;

/// <summary>CreatePartitions request (key 37), versions 0 to 3, flexible from 2.</summary>
internal sealed class CreatePartitionsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.CreatePartitions;

    public static short FlexibleFrom => 2;

    public List<TopicEntry> Topics = [];
    public int TimeoutMs;
    public bool ValidateOnly;

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Topics, version);
        wire.Int32(ref TimeoutMs);
        wire.Bool(ref ValidateOnly);
        wire.Tags();
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public int Count;
        public List<AssignmentEntry>? Assignments = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Int32(ref Count);
            wire.NullableArray(ref Assignments, version);
            wire.Tags();
        }
    }

    internal sealed class AssignmentEntry : IMessage
    {
        public List<int> BrokerIds = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Int32Array(ref BrokerIds);
            wire.Tags();
        }
    }
}

/// <summary>CreatePartitions response (key 37), versions 0 to 3, flexible from 2.</summary>
internal sealed class CreatePartitionsResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<ResultEntry> Results = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Results, version);
        wire.Tags();
    }

    internal sealed class ResultEntry : IMessage
    {
        public string Name = "";
        public ErrorCode ErrorCode;
        public string? ErrorMessage;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Error(ref ErrorCode);
            wire.NullableString(ref ErrorMessage);
            wire.Tags();
        }
    }
}
