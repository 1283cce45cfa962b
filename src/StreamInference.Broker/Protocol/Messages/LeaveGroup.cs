namespace StreamInference.Broker.Protocol.Messages;

/// <summary>LeaveGroup request (key 13), versions 0 to 5, flexible from 4.</summary>
internal sealed class LeaveGroupRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.LeaveGroup;

    public static short FlexibleFrom => 4;

    public string GroupId = "";
    public string MemberId = "";
    public List<MemberEntry> Members = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        if (version <= 2) wire.String(ref MemberId);
        if (version >= 3) wire.Array(ref Members, version);
        wire.Tags();
    }

    internal sealed class MemberEntry : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public string? Reason;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId);
            if (version >= 5) wire.NullableString(ref Reason);
            wire.Tags();
        }
    }
}

/// <summary>LeaveGroup response (key 13), versions 0 to 5, flexible from 4.</summary>
internal sealed class LeaveGroupResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public List<MemberEntry> Members = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        if (version >= 3) wire.Array(ref Members, version);
        wire.Tags();
    }

    internal sealed class MemberEntry : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public ErrorCode ErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId);
            wire.Error(ref ErrorCode);
            wire.Tags();
        }
    }
}
