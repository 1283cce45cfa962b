namespace StreamInference.Broker.Protocol.Messages;

/// <summary>ListGroups request (key 16), versions 0 to 5, flexible from 3.</summary>
internal sealed class ListGroupsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.ListGroups;

    public static short FlexibleFrom => 3;

    public List<string> StatesFilter = [];
    public List<string> TypesFilter = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 4) wire.StringArray(ref StatesFilter);
        if (version >= 5) wire.StringArray(ref TypesFilter);
        wire.Tags();
    }
}

/// <summary>ListGroups response (key 16), versions 0 to 5, flexible from 3.</summary>
internal sealed class ListGroupsResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public List<GroupEntry> Groups = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        wire.Array(ref Groups, version);
        wire.Tags();
    }

    internal sealed class GroupEntry : IMessage
    {
        public string GroupId = "";
        public string ProtocolType = "";
        public string GroupState = "";
        public string GroupType = "";

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref GroupId);
            wire.String(ref ProtocolType);
            if (version >= 4) wire.String(ref GroupState);
            if (version >= 5) wire.String(ref GroupType);
            wire.Tags();
        }
    }
}
