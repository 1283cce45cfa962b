namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DescribeConfigs request (key 32), versions 0 to 4, flexible from 4.</summary>
internal sealed class DescribeConfigsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DescribeConfigs;

    public static short FlexibleFrom => 4;

    public List<ResourceEntry> Resources = [];
    public bool IncludeSynonyms;
    public bool IncludeDocumentation;

    public void Transfer(Wire wire, short version)
    {
        wire.Array(ref Resources, version);
        if (version >= 1) wire.Bool(ref IncludeSynonyms);
        if (version >= 3) wire.Bool(ref IncludeDocumentation);
        wire.Tags();
    }

    internal sealed class ResourceEntry : IMessage
    {
        public sbyte ResourceType;
        public string ResourceName = "";
        public List<string>? ConfigurationKeys = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Int8(ref ResourceType);
            wire.String(ref ResourceName);
            wire.NullableStringArray(ref ConfigurationKeys);
            wire.Tags();
        }
    }
}

/// <summary>DescribeConfigs response (key 32), versions 0 to 4, flexible from 4.</summary>
internal sealed class DescribeConfigsResponse : IMessage
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
        public ErrorCode ErrorCode;
        public string? ErrorMessage;
        public sbyte ResourceType;
        public string ResourceName = "";
        public List<ConfigEntry> Configs = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.NullableString(ref ErrorMessage);
            wire.Int8(ref ResourceType);
            wire.String(ref ResourceName);
            wire.Array(ref Configs, version);
            wire.Tags();
        }
    }

    internal sealed class ConfigEntry : IMessage
    {
        public string Name = "";
        public string? Value;
        public bool ReadOnly;
        public bool IsDefault;
        public sbyte ConfigSource = -1;
        public bool IsSensitive;
        public List<SynonymEntry> Synonyms = [];
        public sbyte ConfigType;
        public string? Documentation;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Bool(ref ReadOnly);
            if (version == 0) wire.Bool(ref IsDefault);
            if (version >= 1) wire.Int8(ref ConfigSource);
            wire.Bool(ref IsSensitive);
            if (version >= 1) wire.Array(ref Synonyms, version);
            if (version >= 3) wire.Int8(ref ConfigType);
            if (version >= 3) wire.NullableString(ref Documentation);
            wire.Tags();
        }
    }

    internal sealed class SynonymEntry : IMessage
    {
        public string Name = "";
        public string? Value;
        public sbyte Source;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Int8(ref Source);
            wire.Tags();
        }
    }
}
