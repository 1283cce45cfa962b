namespace StreamInference.Broker.Protocol.Messages;

/// <summary>Heartbeat request (key 12), versions 0 to 4, flexible from 4.</summary>
internal sealed class HeartbeatRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.Heartbeat;

    public static short FlexibleFrom => 4;

    public string GroupId = "";
    public int GenerationId;
    public string MemberId = "";
    public string? GroupInstanceId;

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        wire.Int32(ref GenerationId);
        wire.String(ref MemberId);
        if (version >= 3) wire.NullableString(ref GroupInstanceId);
        wire.Tags();
    }
}

/// <summary>Heartbeat response (key 12), versions 0 to 4, flexible from 4.</summary>
internal sealed class HeartbeatResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        wire.Tags();
    }
}
