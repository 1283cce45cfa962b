namespace StreamInference.Broker.Protocol.Messages;

/// <summary>IncrementalAlterConfigs request (key 44), versions 0 to 1, flexible from 1.</summary>
internal sealed class IncrementalAlterConfigsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.IncrementalAlterConfigs;

    public static short FlexibleFrom => 1;

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
        public sbyte ConfigOperation;
        public string? Value;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Int8(ref ConfigOperation);
            wire.NullableString(ref Value);
            wire.Tags();
        }
    }
}

/// <summary>IncrementalAlterConfigs response (key 44), versions 0 to 1, flexible from 1.</summary>
internal sealed class IncrementalAlterConfigsResponse : IMessage
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
