using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>CreatePartitions 0-3: more partitions, never fewer. Replica assignments must name this node.</summary>
internal sealed class CreatePartitionsHandler(BrokerState state) : RequestHandler<CreatePartitionsRequest, CreatePartitionsResponse>(0, 3)
{
    protected override void Handle(Call call, CreatePartitionsRequest request) =>
        call.Complete(new CreatePartitionsResponse { Results = [.. request.Topics.Select(topic => Grow(topic, request.ValidateOnly))] });

    protected override CreatePartitionsResponse Fail(CreatePartitionsRequest request, ErrorCode error) =>
        new() { Results = [.. request.Topics.Select(topic => Failed(topic.Name, error, null))] };

    private CreatePartitionsResponse.ResultEntry Grow(CreatePartitionsRequest.TopicEntry wanted, bool validateOnly)
    {
        if (state.Topics.Find(wanted.Name) is not { } topic) return Failed(wanted.Name, ErrorCode.UnknownTopicOrPartition, null);
        if (wanted.Count <= topic.Partitions.Count)
            return Failed(wanted.Name, ErrorCode.InvalidPartitions, $"The topic currently has {topic.Partitions.Count} partition(s); {wanted.Count} would not be an increase.");
        if (wanted.Assignments?.Any(each => each.BrokerIds.Count != 1 || each.BrokerIds[0] != state.Node.Id) == true)
            return Failed(wanted.Name, ErrorCode.InvalidReplicaAssignment, "The only replica can be on the only node.");
        if (!validateOnly) state.Topics.AddPartitions(topic, wanted.Count);
        return new() { Name = wanted.Name };
    }

    private static CreatePartitionsResponse.ResultEntry Failed(string name, ErrorCode error, string? message) =>
        new() { Name = name, ErrorCode = error, ErrorMessage = message };
}
