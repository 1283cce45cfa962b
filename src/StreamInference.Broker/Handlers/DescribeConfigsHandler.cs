using System.Globalization;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// DescribeConfigs 0-4, for topics and for this node (a few settings, read-only). Skipped: documentation texts, loggers.
/// </summary>
internal sealed class DescribeConfigsHandler(BrokerState state) : RequestHandler<DescribeConfigsRequest, DescribeConfigsResponse>(0, 4)
{
    protected override void Handle(Call call, DescribeConfigsRequest request) =>
        call.Complete(new DescribeConfigsResponse { Results = [.. request.Resources.Select(each => Describe(each, request.IncludeSynonyms))] });

    protected override DescribeConfigsResponse Fail(DescribeConfigsRequest request, ErrorCode error) =>
        new() { Results = [.. request.Resources.Select(each => Answer(each, error))] };

    private static DescribeConfigsResponse.ResultEntry Answer(DescribeConfigsRequest.ResourceEntry wanted, ErrorCode error) =>
        new() { ErrorCode = error, ResourceType = wanted.ResourceType, ResourceName = wanted.ResourceName };

    private DescribeConfigsResponse.ResultEntry Describe(DescribeConfigsRequest.ResourceEntry wanted, bool synonyms)
    {
        var (error, configs) = wanted.ResourceType switch
        {
            ConfigResources.Topic when !TopicCatalog.IsValidName(wanted.ResourceName) => (ErrorCode.InvalidTopicException, []),
            ConfigResources.Topic when state.Topics.Find(wanted.ResourceName) is { } topic => (ErrorCode.None, OfTopic(topic, synonyms)),
            ConfigResources.Topic => (ErrorCode.UnknownTopicOrPartition, []),
            ConfigResources.Broker => (ErrorCode.None, OfBroker()),
            _ => (ErrorCode.InvalidRequest, Enumerable.Empty<DescribeConfigsResponse.ConfigEntry>()),
        };
        var answer = Answer(wanted, error);
        answer.Configs = [.. configs.Where(config => wanted.ConfigurationKeys is null || wanted.ConfigurationKeys.Contains(config.Name))];
        return answer;
    }

    private static IEnumerable<DescribeConfigsResponse.ConfigEntry> OfTopic(Topic topic, bool synonyms) =>
        TopicSettings.All.Select(setting => new DescribeConfigsResponse.ConfigEntry
        {
            Name = setting.Name,
            Value = topic.Settings.Effective(setting),
            IsDefault = !topic.Settings.Values.ContainsKey(setting.Name),
            ConfigSource = ConfigSources.Of(topic.Settings, setting),
            ConfigType = (sbyte)setting.Type,
            Synonyms = synonyms ? Synonyms(topic.Settings, setting) : [],
        });

    private static List<DescribeConfigsResponse.SynonymEntry> Synonyms(TopicSettings settings, TopicSetting setting)
    {
        var list = new List<DescribeConfigsResponse.SynonymEntry>();
        if (settings.Values.TryGetValue(setting.Name, out var value)) list.Add(new() { Name = setting.Name, Value = value, Source = ConfigSources.Topic });
        list.Add(new() { Name = setting.Name, Value = settings.DefaultOf(setting), Source = ConfigSources.Default });
        return list;
    }

    private IEnumerable<DescribeConfigsResponse.ConfigEntry> OfBroker()
    {
        var options = state.Options;
        (string Name, string Value)[] values =
        [
            ("auto.create.topics.enable", options.AutoCreateTopics ? "true" : "false"),
            ("num.partitions", Text(options.DefaultPartitions)),
            ("message.max.bytes", Text(options.DefaultMaxMessageBytes)),
            ("log.retention.bytes", Text(state.Topics.Defaults.RetentionBytes)),
            ("log.retention.ms", Text(state.Topics.Defaults.RetentionMs)),
            ("group.min.session.timeout.ms", Text((long)options.GroupMinSessionTimeout.TotalMilliseconds)),
            ("group.max.session.timeout.ms", Text((long)options.GroupMaxSessionTimeout.TotalMilliseconds)),
            ("group.initial.rebalance.delay.ms", Text((long)options.GroupInitialRebalanceDelay.TotalMilliseconds)),
            ("transaction.max.timeout.ms", Text((long)options.MaxTransactionTimeout.TotalMilliseconds)),
        ];
        return values.Select(static each => new DescribeConfigsResponse.ConfigEntry
        {
            Name = each.Name,
            Value = each.Value,
            ReadOnly = true,
            ConfigSource = ConfigSources.StaticBroker,
            ConfigType = (sbyte)SettingType.String,
        });
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
