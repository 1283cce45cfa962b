namespace StreamInference.Broker.Protocol.Messages;

/// <summary>ApiVersions request (key 18), versions 0 to 4, flexible from 3.</summary>
internal sealed class ApiVersionsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.ApiVersions;

    public static short FlexibleFrom => 3;

    public string ClientSoftwareName = "";
    public string ClientSoftwareVersion = "";

    public void Transfer(Wire wire, short version)
    {
        if (version >= 3) wire.String(ref ClientSoftwareName);
        if (version >= 3) wire.String(ref ClientSoftwareVersion);
        wire.Tags();
    }
}

/// <summary>ApiVersions response (key 18), versions 0 to 4, flexible from 3.</summary>
internal sealed class ApiVersionsResponse : IMessage
{
    public ErrorCode ErrorCode;
    public List<ApiKeyEntry> ApiKeys = [];
    public int ThrottleTimeMs;

    public void Transfer(Wire wire, short version)
    {
        wire.Error(ref ErrorCode);
        wire.Array(ref ApiKeys, version);
        if (version >= 1) wire.Int32(ref ThrottleTimeMs);
        wire.Tags();
    }

    internal sealed class ApiKeyEntry : IMessage
    {
        public short ApiKey;
        public short MinVersion;
        public short MaxVersion;

        public void Transfer(Wire wire, short version)
        {
            wire.Int16(ref ApiKey);
            wire.Int16(ref MinVersion);
            wire.Int16(ref MaxVersion);
            wire.Tags();
        }
    }
}
