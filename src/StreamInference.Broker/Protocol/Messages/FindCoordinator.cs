namespace StreamInference.Broker.Protocol.Messages;

/// <summary>FindCoordinator request (key 10), versions 0 to 6, flexible from 3.</summary>
internal sealed class FindCoordinatorRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.FindCoordinator;

    public static short FlexibleFrom => 3;

    public string Key = "";
    public sbyte KeyType;
    public List<string> CoordinatorKeys = [];

    public void Transfer(Wire wire, short version)
    {
        if (version <= 3) wire.String(ref Key);
        if (version >= 1) wire.Int8(ref KeyType);
        if (version >= 4) wire.StringArray(ref CoordinatorKeys);
        wire.Tags();
    }
}

/// <summary>FindCoordinator response (key 10), versions 0 to 6, flexible from 3.</summary>
internal sealed class FindCoordinatorResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public string? ErrorMessage;
    public int NodeId;
    public string Host = "";
    public int Port;
    public List<CoordinatorEntry> Coordinators = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        if (version <= 3) wire.Error(ref ErrorCode);
        if (version >= 1 && version <= 3) wire.NullableString(ref ErrorMessage);
        if (version <= 3) wire.Int32(ref NodeId);
        if (version <= 3) wire.String(ref Host);
        if (version <= 3) wire.Int32(ref Port);
        if (version >= 4) wire.Array(ref Coordinators, version);
        wire.Tags();
    }

    internal sealed class CoordinatorEntry : IMessage
    {
        public string Key = "";
        public int NodeId;
        public string Host = "";
        public int Port;
        public ErrorCode ErrorCode;
        public string? ErrorMessage;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Key);
            wire.Int32(ref NodeId);
            wire.String(ref Host);
            wire.Int32(ref Port);
            wire.Error(ref ErrorCode);
            wire.NullableString(ref ErrorMessage);
            wire.Tags();
        }
    }
}
