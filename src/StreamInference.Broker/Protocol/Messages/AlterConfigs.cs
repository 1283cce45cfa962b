namespace StreamInference.Broker.Protocol.Messages;

/// <summary>AlterConfigs request (key 33), versions 0 to 2, flexible from 2.</summary>
internal sealed class AlterConfigsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.AlterConfigs;

    public static short FlexibleFrom => 2;

    public List<ConfigResource<ConfigEntry>> Resources = [];
    public bool ValidateOnly;

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Resources, version);
        wire.Bool(ref ValidateOnly);
        wire.Tags();
    }

    internal sealed class ConfigEntry : IMessage
    {
        public string Name = "";
        public string? Value;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Tags();
        }
    }
}

/// <summary>AlterConfigs response (key 33), versions 0 to 2, flexible from 2.</summary>
internal sealed class AlterConfigsResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<ConfigResourceResult> Responses = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Responses, version);
        wire.Tags();
    }
}
