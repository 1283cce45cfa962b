using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// Metadata 0-12. One broker that leads everything; topics by name or, from version 10, by id. Unknown topics are
/// created where the broker and the client both allow it. Skipped: authorized operations (never listed).
/// </summary>
internal sealed class MetadataHandler(BrokerState state) : RequestHandler<MetadataRequest, MetadataResponse>(0, 12)
{
    protected override void Handle(Call call, MetadataRequest request)
    {
        var response = Describe();
        if (AsksForAll(request, call.Version)) response.Topics = [.. state.Topics.All.Select(Describe)];
        else response.Topics = [.. request.Topics!.Select(topic => Find(topic, request.AllowAutoTopicCreation))];
        call.Complete(response);
    }

    protected override MetadataResponse Fail(MetadataRequest request, ErrorCode error)
    {
        var response = Describe();
        response.Topics = [.. (request.Topics ?? []).Select(topic => Failed(topic.Name, topic.TopicId, error))];
        return response;
    }

    /// <summary>Version 0 says "all" with an empty list, later ones with null.</summary>
    private static bool AsksForAll(MetadataRequest request, short version) =>
        request.Topics is null || (version == 0 && request.Topics.Count == 0);

    private MetadataResponse Describe() => new()
    {
        Brokers = [new() { NodeId = state.Node.Id, Host = state.Node.Host, Port = state.Node.Port }],
        ClusterId = state.Node.ClusterId,
        ControllerId = state.Node.Id,
    };

    private MetadataResponse.TopicEntry Find(MetadataRequest.TopicEntry wanted, bool mayCreate)
    {
        if (wanted.Name is null)
            return state.Topics.Find(wanted.TopicId) is { } byId ? Describe(byId) : Failed(null, wanted.TopicId, ErrorCode.UnknownTopicId);
        if (state.Topics.Find(wanted.Name) is { } topic) return Describe(topic);
        if (!TopicCatalog.IsValidName(wanted.Name)) return Failed(wanted.Name, default, ErrorCode.InvalidTopicException);
        if (!mayCreate || !state.Options.AutoCreateTopics) return Failed(wanted.Name, default, ErrorCode.UnknownTopicOrPartition);
        var settings = TopicSettings.Create(new Dictionary<string, string>(), state.Topics.Defaults).Settings!;
        return Describe(state.Topics.Create(wanted.Name, state.Options.DefaultPartitions, settings));
    }

    private MetadataResponse.TopicEntry Describe(Topic topic) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id,
        Partitions = [.. topic.Partitions.Select(partition => new MetadataResponse.PartitionEntry
        {
            PartitionIndex = partition.Index,
            LeaderId = state.Node.Id,
            LeaderEpoch = PartitionLog.LeaderEpoch,
            ReplicaNodes = [state.Node.Id],
            IsrNodes = [state.Node.Id],
        })],
    };

    private static MetadataResponse.TopicEntry Failed(string? name, Guid id, ErrorCode error) => new()
    {
        Name = name ?? "",
        TopicId = id,
        ErrorCode = error,
    };
}
