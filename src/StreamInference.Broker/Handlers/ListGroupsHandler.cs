using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>ListGroups 0-5, with filters by state and type; all groups are of the classic type.</summary>
internal sealed class ListGroupsHandler(BrokerState state) : RequestHandler<ListGroupsRequest, ListGroupsResponse>(0, 5)
{
    private const string Classic = "classic";

    protected override void Handle(Call call, ListGroupsRequest request)
    {
        var wanted = state.Groups.All.Where(group =>
            Passes(request.StatesFilter, group.State.ToString()) && Passes(request.TypesFilter, Classic));
        call.Complete(new ListGroupsResponse
        {
            Groups = [.. wanted.Select(static group => new ListGroupsResponse.GroupEntry
            {
                GroupId = group.Id,
                ProtocolType = group.ProtocolType ?? "",
                GroupState = group.State.ToString(),
                GroupType = Classic,
            })],
        });
    }

    protected override ListGroupsResponse Fail(ListGroupsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static bool Passes(List<string> filter, string value) => filter.Count == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);
}
