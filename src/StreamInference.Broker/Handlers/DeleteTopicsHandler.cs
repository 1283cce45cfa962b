using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>DeleteTopics 0-6, by name or, from version 6, by id: at once, with the groups' offsets for the topic.</summary>
internal sealed class DeleteTopicsHandler(BrokerState state) : RequestHandler<DeleteTopicsRequest, DeleteTopicsResponse>(0, 6)
{
    protected override void Handle(Call call, DeleteTopicsRequest request) => call.Complete(new DeleteTopicsResponse
    {
        Responses = [.. request.TopicNames.Select(DeleteByName), .. request.Topics.Select(topic => topic.Name is null ? DeleteById(topic.TopicId) : DeleteByName(topic.Name))],
    });

    protected override DeleteTopicsResponse Fail(DeleteTopicsRequest request, ErrorCode error) => new()
    {
        Responses =
        [
            .. request.TopicNames.Select(name => new DeleteTopicsResponse.ResponseEntry { Name = name, ErrorCode = error }),
            .. request.Topics.Select(topic => new DeleteTopicsResponse.ResponseEntry { Name = topic.Name, TopicId = topic.TopicId, ErrorCode = error }),
        ],
    };

    private DeleteTopicsResponse.ResponseEntry DeleteByName(string name) =>
        state.Topics.Find(name) is { } topic ? Delete(topic) : new() { Name = name, ErrorCode = ErrorCode.UnknownTopicOrPartition };

    private DeleteTopicsResponse.ResponseEntry DeleteById(Guid id) =>
        state.Topics.Find(id) is { } topic ? Delete(topic) : new() { TopicId = id, ErrorCode = ErrorCode.UnknownTopicId };

    private DeleteTopicsResponse.ResponseEntry Delete(Topic topic)
    {
        state.Topics.Delete(topic);
        foreach (var group in state.Groups.All)
        {
            var gone = group.Offsets.Committed.Keys.Where(key => key.Topic == topic.Name).ToList();
            if (gone.Count > 0) group.Offsets.Delete(gone);
        }
        return new() { Name = topic.Name, TopicId = topic.Id };
    }
}
