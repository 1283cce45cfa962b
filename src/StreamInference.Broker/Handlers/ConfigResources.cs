namespace StreamInference.Broker.Handlers;

/// <summary>The kinds of resource that have settings, in the numbers of the protocol.</summary>
internal static class ConfigResources
{
    public const sbyte Topic = 2;
    public const sbyte Broker = 4;
}
