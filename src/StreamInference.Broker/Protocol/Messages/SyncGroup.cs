namespace StreamInference.Broker.Protocol.Messages;

/// <summary>SyncGroup request (key 14), versions 0 to 5, flexible from 4.</summary>
internal sealed class SyncGroupRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.SyncGroup;

    public static short FlexibleFrom => 4;

    public string GroupId = "";
    public int GenerationId;
    public string MemberId = "";
    public string? GroupInstanceId;
    public string? ProtocolType;
    public string? ProtocolName;
    public List<AssignmentEntry> Assignments = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        wire.Int32(ref GenerationId);
        wire.String(ref MemberId);
        if (version >= 3) wire.NullableString(ref GroupInstanceId);
        if (version >= 5) wire.NullableString(ref ProtocolType);
        if (version >= 5) wire.NullableString(ref ProtocolName);
        wire.Array(ref Assignments, version);
        wire.Tags();
    }

    internal sealed class AssignmentEntry : IMessage
    {
        public string MemberId = "";
        public ReadOnlyMemory<byte> Assignment;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref MemberId);
            wire.Bytes(ref Assignment);
            wire.Tags();
        }
    }
}

/// <summary>SyncGroup response (key 14), versions 0 to 5, flexible from 4.</summary>
internal sealed class SyncGroupResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public string? ProtocolType;
    public string? ProtocolName;
    public ReadOnlyMemory<byte> Assignment;

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        if (version >= 5) wire.NullableString(ref ProtocolType);
        if (version >= 5) wire.NullableString(ref ProtocolName);
        wire.Bytes(ref Assignment);
        wire.Tags();
    }
}
