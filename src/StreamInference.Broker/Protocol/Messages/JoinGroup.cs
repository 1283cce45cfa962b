namespace StreamInference.Broker.Protocol.Messages;

/// <summary>JoinGroup request (key 11), versions 0 to 9, flexible from 6.</summary>
internal sealed class JoinGroupRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.JoinGroup;

    public static short FlexibleFrom => 6;

    public string GroupId = "";
    public int SessionTimeoutMs;
    public int RebalanceTimeoutMs = -1;
    public string MemberId = "";
    public string? GroupInstanceId;
    public string ProtocolType = "";
    public List<ProtocolEntry> Protocols = [];
    public string? Reason;

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        wire.Int32(ref SessionTimeoutMs);
        if (version >= 1) wire.Int32(ref RebalanceTimeoutMs);
        wire.String(ref MemberId);
        if (version >= 5) wire.NullableString(ref GroupInstanceId);
        wire.String(ref ProtocolType);
        wire.Array(ref Protocols, version);
        if (version >= 8) wire.NullableString(ref Reason);
        wire.Tags();
    }

    internal sealed class ProtocolEntry : IMessage
    {
        public string Name = "";
        public ReadOnlyMemory<byte> Metadata;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Bytes(ref Metadata);
            wire.Tags();
        }
    }
}

/// <summary>JoinGroup response (key 11), versions 0 to 9, flexible from 6.</summary>
internal sealed class JoinGroupResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public int GenerationId = -1;
    public string? ProtocolType;
    public string? ProtocolName;
    public string Leader = "";
    public bool SkipAssignment;
    public string MemberId = "";
    public List<MemberEntry> Members = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 2) wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        wire.Int32(ref GenerationId);
        if (version >= 7) wire.NullableString(ref ProtocolType);
        wire.NullableString(ref ProtocolName);
        wire.String(ref Leader);
        if (version >= 9) wire.Bool(ref SkipAssignment);
        wire.String(ref MemberId);
        wire.Array(ref Members, version);
        wire.Tags();
    }

    internal sealed class MemberEntry : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public ReadOnlyMemory<byte> Metadata;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref MemberId);
            if (version >= 5) wire.NullableString(ref GroupInstanceId);
            wire.Bytes(ref Metadata);
            wire.Tags();
        }
    }
}
