using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// DescribeGroups 0-5. An unknown group is shown as Dead, as Kafka does in these versions. Skipped: authorized operations.
/// </summary>
internal sealed class DescribeGroupsHandler(BrokerState state) : RequestHandler<DescribeGroupsRequest, DescribeGroupsResponse>(0, 5)
{
    protected override void Handle(Call call, DescribeGroupsRequest request) =>
        call.Complete(new DescribeGroupsResponse { Groups = [.. request.Groups.Select(Describe)] });

    protected override DescribeGroupsResponse Fail(DescribeGroupsRequest request, ErrorCode error) =>
        new() { Groups = [.. request.Groups.Select(id => new DescribeGroupsResponse.GroupEntry { GroupId = id, ErrorCode = error })] };

    private DescribeGroupsResponse.GroupEntry Describe(string id)
    {
        if (state.Groups.Find(id) is not { } group) return new() { GroupId = id, GroupState = nameof(GroupState.Dead) };
        return new()
        {
            GroupId = id,
            GroupState = group.State.ToString(),
            ProtocolType = group.ProtocolType ?? "",
            ProtocolData = group.State == GroupState.Stable ? group.ProtocolName ?? "" : "",
            Members = [.. group.Members.Select(member => Describe(group, member))],
        };
    }

    private static DescribeGroupsResponse.MemberEntry Describe(Group group, GroupMember member) => new()
    {
        MemberId = member.Id,
        GroupInstanceId = member.InstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        MemberMetadata = group.State == GroupState.Stable ? member.MetadataOf(group.ProtocolName ?? "") : [],
        MemberAssignment = member.Assignment,
    };
}
