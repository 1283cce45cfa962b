namespace StreamInference.Broker.Protocol.Messages;

/// <summary>IncrementalAlterConfigs request (key 44), versions 0 to 1, flexible from 1.</summary>
internal sealed class IncrementalAlterConfigsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.IncrementalAlterConfigs;

    public static short FlexibleFrom => 1;

    public List<ResourceEntry> Resources = [];
    public bool ValidateOnly;

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Resources, version);
        wire.Bool(ref ValidateOnly);
        wire.Tags();
    }

    internal sealed class ResourceEntry : IMessage
    {
        public sbyte ResourceType;
        public string ResourceName = "";
        public List<ConfigEntry> Configs = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Int8(ref ResourceType);
            wire.String(ref ResourceName);
            wire.Array(ref Configs, version);
            wire.Tags();
        }
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
    public List<ResponseEntry> Responses = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref Responses, version);
        wire.Tags();
    }

    internal sealed class ResponseEntry : IMessage
    {
        public ErrorCode ErrorCode;
        public string? ErrorMessage;
        public sbyte ResourceType;
        public string ResourceName = "";

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.NullableString(ref ErrorMessage);
            wire.Int8(ref ResourceType);
            wire.String(ref ResourceName);
            wire.Tags();
        }
    }
}
