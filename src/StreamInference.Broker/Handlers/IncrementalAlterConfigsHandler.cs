using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// IncrementalAlterConfigs 0-1: set, delete, append and subtract single settings of a topic (KIP-339). Skipped: settings
/// of this node (INVALID_REQUEST).
/// </summary>
internal sealed class IncrementalAlterConfigsHandler(BrokerState state)
    : RequestHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(0, 1)
{
    private const sbyte Set = 0;
    private const sbyte Delete = 1;
    private const sbyte Append = 2;
    private const sbyte Subtract = 3;

    protected override void Handle(Call call, IncrementalAlterConfigsRequest request) => call.Complete(new IncrementalAlterConfigsResponse
    {
        Responses = [.. request.Resources.Select(each =>
        {
            var (error, message) = Apply(each, request.ValidateOnly);
            return Answer(each, error, message);
        })],
    });

    protected override IncrementalAlterConfigsResponse Fail(IncrementalAlterConfigsRequest request, ErrorCode error) =>
        new() { Responses = [.. request.Resources.Select(each => Answer(each, error, null))] };

    private (ErrorCode Error, string? Message) Apply(ConfigResource<IncrementalAlterConfigsRequest.ConfigEntry> wanted, bool validateOnly)
    {
        if (wanted.ResourceType != ConfigResources.Topic) return (ErrorCode.InvalidRequest, "Only the settings of topics can be altered.");
        if (state.Topics.Find(wanted.ResourceName) is not { } topic) return (ErrorCode.UnknownTopicOrPartition, null);
        var values = new Dictionary<string, string>(topic.Settings.Values);
        foreach (var config in wanted.Configs)
        {
            if (!Change(values, topic.Settings, config)) return (ErrorCode.InvalidConfig, $"Invalid change of {config.Name}");
        }
        var (settings, error) = TopicSettings.Create(values, state.Topics.Defaults);
        if (settings is null) return (ErrorCode.InvalidConfig, error);
        if (!validateOnly) state.Topics.Configure(topic, settings);
        return (ErrorCode.None, null);
    }

    private static bool Change(Dictionary<string, string> values, TopicSettings settings, IncrementalAlterConfigsRequest.ConfigEntry change)
    {
        if (change.ConfigOperation == Delete)
        {
            values.Remove(change.Name);
            return true;
        }
        if (change.Value is null) return false;
        var setting = TopicSettings.All.FirstOrDefault(each => each.Name == change.Name);
        var changesList = change.ConfigOperation is Append or Subtract;
        if (changesList && setting?.Type != SettingType.List) return false;
        var list = changesList ? settings.Effective(setting!).Split(',') : [];
        var given = change.Value.Split(',');
        values[change.Name] = change.ConfigOperation switch
        {
            Append => string.Join(',', list.Union(given)),
            Subtract => string.Join(',', list.Except(given)),
            _ => change.Value,
        };
        return change.ConfigOperation is >= Set and <= Subtract;
    }

    private static ConfigResourceResult Answer(
        ConfigResource<IncrementalAlterConfigsRequest.ConfigEntry> wanted, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message, ResourceType = wanted.ResourceType, ResourceName = wanted.ResourceName };
}
