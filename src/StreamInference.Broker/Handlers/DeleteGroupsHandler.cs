using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>DeleteGroups 0-2: groups without members, with their offsets.</summary>
internal sealed class DeleteGroupsHandler(BrokerState state) : RequestHandler<DeleteGroupsRequest, DeleteGroupsResponse>(0, 2)
{
    protected override void Handle(Call call, DeleteGroupsRequest request) => call.Complete(Answer(request, state.Groups.Delete));

    protected override DeleteGroupsResponse Fail(DeleteGroupsRequest request, ErrorCode error) => Answer(request, _ => error);

    private static DeleteGroupsResponse Answer(DeleteGroupsRequest request, Func<string, ErrorCode> decide) => new()
    {
        Results = [.. request.GroupsNames.Select(id => new DeleteGroupsResponse.ResultEntry { GroupId = id, ErrorCode = decide(id) })],
    };
}
