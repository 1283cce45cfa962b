using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>AlterConfigs 0-2: replaces all settings of a topic. Skipped: settings of this node (INVALID_REQUEST).</summary>
internal sealed class AlterConfigsHandler(BrokerState state) : RequestHandler<AlterConfigsRequest, AlterConfigsResponse>(0, 2)
{
    protected override void Handle(Call call, AlterConfigsRequest request) => call.Complete(new AlterConfigsResponse
    {
        Responses = [.. request.Resources.Select(each =>
        {
            var (error, message) = Apply(each, request.ValidateOnly);
            return Answer(each, error, message);
        })],
    });

    protected override AlterConfigsResponse Fail(AlterConfigsRequest request, ErrorCode error) =>
        new() { Responses = [.. request.Resources.Select(each => Answer(each, error, null))] };

    private (ErrorCode Error, string? Message) Apply(ConfigResource<AlterConfigsRequest.ConfigEntry> wanted, bool validateOnly)
    {
        if (wanted.ResourceType != ConfigResources.Topic) return (ErrorCode.InvalidRequest, "Only the settings of topics can be altered.");
        if (state.Topics.Find(wanted.ResourceName) is not { } topic) return (ErrorCode.UnknownTopicOrPartition, null);
        var values = new Dictionary<string, string>();
        foreach (var config in wanted.Configs.Where(static each => each.Value is not null)) values[config.Name] = config.Value!;
        var (settings, error) = TopicSettings.Create(values, state.Topics.Defaults);
        if (settings is null) return (ErrorCode.InvalidConfig, error);
        if (!validateOnly) state.Topics.Configure(topic, settings);
        return (ErrorCode.None, null);
    }

    private static ConfigResourceResult Answer(ConfigResource<AlterConfigsRequest.ConfigEntry> wanted, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message, ResourceType = wanted.ResourceType, ResourceName = wanted.ResourceName };
}
