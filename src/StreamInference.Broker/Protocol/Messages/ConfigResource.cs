namespace StreamInference.Broker.Protocol.Messages;

/// <summary>A topic or a broker and the changes to its configuration.</summary>
internal sealed class ConfigResource<TConfig> : IMessage
    where TConfig : class, IMessage, new()
{
    public sbyte ResourceType;
    public string ResourceName = "";
    public List<TConfig> Configs = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int8(ref ResourceType);
        wire.String(ref ResourceName);
        wire.Array(ref Configs, version);
        wire.Tags();
    }
}

/// <summary>What became of the changes to one resource.</summary>
internal sealed class ConfigResourceResult : IMessage
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
