using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>Heartbeat 0-4: keeps the session alive and tells of a rebalance.</summary>
internal sealed class HeartbeatHandler(BrokerState state) : RequestHandler<HeartbeatRequest, HeartbeatResponse>(0, 4)
{
    protected override void Handle(Call call, HeartbeatRequest request) => call.Complete(Fail(request, Check(request)));

    protected override HeartbeatResponse Fail(HeartbeatRequest request, ErrorCode error) => new() { ErrorCode = error };

    private ErrorCode Check(HeartbeatRequest request)
    {
        if (request.GroupId.Length == 0) return ErrorCode.InvalidGroupId;
        return state.Groups.Find(request.GroupId)?.Heartbeat(request.MemberId, request.GroupInstanceId, request.GenerationId)
            ?? ErrorCode.UnknownMemberId;
    }
}
