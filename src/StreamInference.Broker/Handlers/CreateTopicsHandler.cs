using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// CreateTopics 0-7. Replication factor 1 or the default (-1) only; a replica assignment counts as a number of partitions
/// and must name this node. Settings are checked against the known ones. Skipped: configuration in the response is
/// complete but without its sources.
/// </summary>
internal sealed class CreateTopicsHandler(BrokerState state) : RequestHandler<CreateTopicsRequest, CreateTopicsResponse>(0, 7)
{
    protected override void Handle(Call call, CreateTopicsRequest request)
    {
        var repeated = request.Topics.GroupBy(static topic => topic.Name).Where(static group => group.Count() > 1).Select(static group => group.Key).ToHashSet();
        call.Complete(new CreateTopicsResponse
        {
            Topics = [.. request.Topics.DistinctBy(static topic => topic.Name).Select(topic => repeated.Contains(topic.Name)
                ? Failed(topic.Name, ErrorCode.InvalidRequest, "Duplicate topic name.")
                : Create(topic, request.ValidateOnly))],
        });
    }

    protected override CreateTopicsResponse Fail(CreateTopicsRequest request, ErrorCode error) =>
        new() { Topics = [.. request.Topics.Select(topic => Failed(topic.Name, error, null))] };

    private CreateTopicsResponse.TopicEntry Create(CreateTopicsRequest.TopicEntry wanted, bool validateOnly)
    {
        if (!TopicCatalog.IsValidName(wanted.Name)) return Failed(wanted.Name, ErrorCode.InvalidTopicException, "Topic name is invalid.");
        if (state.Topics.Find(wanted.Name) is not null)
            return Failed(wanted.Name, ErrorCode.TopicAlreadyExists, $"Topic '{wanted.Name}' already exists.");
        if (CheckPlacement(wanted) is { } problem) return problem;
        var values = new Dictionary<string, string>();
        foreach (var config in wanted.Configs.Where(static config => config.Value is not null)) values[config.Name] = config.Value!;
        var (settings, error) = TopicSettings.Create(values, state.Topics.Defaults);
        if (settings is null) return Failed(wanted.Name, ErrorCode.InvalidConfig, error);
        var partitions = PartitionsOf(wanted);
        var id = validateOnly ? Guid.Empty : state.Topics.Create(wanted.Name, partitions, settings).Id;
        return Created(wanted.Name, id, partitions, settings);
    }

    private CreateTopicsResponse.TopicEntry? CheckPlacement(CreateTopicsRequest.TopicEntry wanted)
    {
        if (wanted.Assignments.Any(each => each.BrokerIds.Count != 1 || each.BrokerIds[0] != state.Node.Id))
            return Failed(wanted.Name, ErrorCode.InvalidReplicaAssignment, "The only replica can be on the only node.");
        if (wanted.Assignments.Count == 0 && wanted.ReplicationFactor is not (1 or -1))
            return Failed(wanted.Name, ErrorCode.InvalidReplicationFactor, "There is one node: the replication factor is 1.");
        return PartitionsOf(wanted) > 0 ? null : Failed(wanted.Name, ErrorCode.InvalidPartitions, "The number of partitions must be positive.");
    }

    private int PartitionsOf(CreateTopicsRequest.TopicEntry wanted)
    {
        if (wanted.Assignments.Count > 0) return wanted.Assignments.Count;
        return wanted.NumPartitions == -1 ? state.Options.DefaultPartitions : wanted.NumPartitions;
    }

    private static CreateTopicsResponse.TopicEntry Created(string name, Guid id, int partitions, TopicSettings settings) => new()
    {
        Name = name,
        TopicId = id,
        NumPartitions = partitions,
        ReplicationFactor = 1,
        Configs = [.. TopicSettings.All.Select(setting => new CreateTopicsResponse.ConfigEntry
        {
            Name = setting.Name,
            Value = settings.Effective(setting),
            ConfigSource = ConfigSources.Of(settings, setting),
        })],
    };

    private static CreateTopicsResponse.TopicEntry Failed(string name, ErrorCode error, string? message) =>
        new() { Name = name, ErrorCode = error, ErrorMessage = message };
}
