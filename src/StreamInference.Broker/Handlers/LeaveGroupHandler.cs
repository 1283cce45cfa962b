using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>LeaveGroup 0-5: one member, or from version 3 several, also by instance id alone. Skipped: the reason text.</summary>
internal sealed class LeaveGroupHandler(BrokerState state) : RequestHandler<LeaveGroupRequest, LeaveGroupResponse>(0, 5)
{
    protected override void Handle(Call call, LeaveGroupRequest request)
    {
        if (request.GroupId.Length == 0) call.Complete(Fail(request, ErrorCode.InvalidGroupId));
        else if (call.Version < 3) call.Complete(new LeaveGroupResponse { ErrorCode = Leave(request.GroupId, request.MemberId, null) });
        else call.Complete(new LeaveGroupResponse { Members = [.. request.Members.Select(member => Leave(request.GroupId, member))] });
    }

    protected override LeaveGroupResponse Fail(LeaveGroupRequest request, ErrorCode error) => new() { ErrorCode = error };

    private LeaveGroupResponse.MemberEntry Leave(string group, LeaveGroupRequest.MemberEntry member) => new()
    {
        MemberId = member.MemberId,
        GroupInstanceId = member.GroupInstanceId,
        ErrorCode = Leave(group, member.MemberId, member.GroupInstanceId),
    };

    private ErrorCode Leave(string group, string memberId, string? instanceId) =>
        state.Groups.Find(group)?.Leave(memberId, instanceId) ?? ErrorCode.UnknownMemberId;
}
