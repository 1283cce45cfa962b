using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>Where a setting's value comes from, in the numbers of the protocol.</summary>
internal static class ConfigSources
{
    public const sbyte Topic = 1;
    public const sbyte StaticBroker = 4;
    public const sbyte Default = 5;

    public static sbyte Of(TopicSettings settings, TopicSetting setting) => settings.Values.ContainsKey(setting.Name) ? Topic : Default;
}
