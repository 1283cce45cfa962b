using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>SyncGroup 0-5: the leader brings the assignment, everyone gets their part of it once it is there.</summary>
internal sealed class SyncGroupHandler(BrokerState state) : RequestHandler<SyncGroupRequest, SyncGroupResponse>(0, 5)
{
    protected override void Handle(Call call, SyncGroupRequest request)
    {
        if (request.GroupId.Length == 0 || state.Groups.Find(request.GroupId) is not { } group)
        {
            call.Complete(Fail(request, request.GroupId.Length == 0 ? ErrorCode.InvalidGroupId : ErrorCode.UnknownMemberId));
            return;
        }
        var assignments = new Dictionary<string, byte[]>();
        foreach (var each in request.Assignments) assignments[each.MemberId] = each.Assignment.ToArray();
        group.Sync(
            request.MemberId, request.GroupInstanceId, request.GenerationId, request.ProtocolType, request.ProtocolName, assignments,
            result => call.Complete(ToResponse(result)));
    }

    protected override SyncGroupResponse Fail(SyncGroupRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static SyncGroupResponse ToResponse(SyncResult result) => new()
    {
        ErrorCode = result.Error,
        ProtocolType = result.ProtocolType,
        ProtocolName = result.ProtocolName,
        Assignment = result.Assignment,
    };
}
