namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DeleteGroups request (key 42), versions 0 to 2, flexible from 2.</summary>
internal sealed class DeleteGroupsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DeleteGroups;

    public static short FlexibleFrom => 2;

    public List<string> GroupsNames = [];

    public void Transfer(Wire wire, short version)
    {
        wire.StringArray(ref GroupsNames);
        wire.Tags();
    }
}

/// <summary>DeleteGroups response (key 42), versions 0 to 2, flexible from 2.</summary>
internal sealed class DeleteGroupsResponse : IMessage
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
        public string GroupId = "";
        public ErrorCode ErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref GroupId);
            wire.Error(ref ErrorCode);
            wire.Tags();
        }
    }
}
