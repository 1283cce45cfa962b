namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DescribeGroups request (key 15), versions 0 to 5, flexible from 5.</summary>
internal sealed class DescribeGroupsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DescribeGroups;

    public static short FlexibleFrom => 5;

    public List<string> Groups = [];
    public bool IncludeAuthorizedOperations;

    public void Transfer(Wire wire, short version)
    {
        wire.StringArray(ref Groups);
        if (version >= 3) wire.Bool(ref IncludeAuthorizedOperations);
        wire.Tags();
    }
}

/// <summary>DescribeGroups response (key 15), versions 0 to 5, flexible from 5.</summary>
internal sealed class DescribeGroupsResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<GroupEntry> Groups = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Groups, version);
        wire.Tags();
    }

    internal sealed class GroupEntry : IMessage
    {
        public ErrorCode ErrorCode;
        public string GroupId = "";
        public string GroupState = "";
        public string ProtocolType = "";
        public string ProtocolData = "";
        public List<MemberEntry> Members = [];
        public int AuthorizedOperations = int.MinValue;

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.String(ref GroupId);
            wire.String(ref GroupState);
            wire.String(ref ProtocolType);
            wire.String(ref ProtocolData);
            wire.Array(ref Members, version);
            if (version >= 3) wire.Int32(ref AuthorizedOperations);
            wire.Tags();
        }
    }

    internal sealed class MemberEntry : IMessage
    {
        public string MemberId = "";
        public string? GroupInstanceId;
        public string ClientId = "";
        public string ClientHost = "";
        public ReadOnlyMemory<byte> MemberMetadata;
        public ReadOnlyMemory<byte> MemberAssignment;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref MemberId);
            if (version >= 4) wire.NullableString(ref GroupInstanceId);
            wire.String(ref ClientId);
            wire.String(ref ClientHost);
            wire.Bytes(ref MemberMetadata);
            wire.Bytes(ref MemberAssignment);
            wire.Tags();
        }
    }
}
