using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// JoinGroup 0-9, classic protocol: dynamic members get their id first (MEMBER_ID_REQUIRED, from version 4), static ones
/// take their place back; answered when the generation begins. Skipped: the reason text.
/// </summary>
internal sealed class JoinGroupHandler(BrokerState state) : RequestHandler<JoinGroupRequest, JoinGroupResponse>(0, 9)
{
    protected override void Handle(Call call, JoinGroupRequest request)
    {
        var error = Check(request);
        if (error == ErrorCode.None && request.MemberId.Length > 0 && state.Groups.Find(request.GroupId) is null) error = ErrorCode.UnknownMemberId;
        if (error != ErrorCode.None)
        {
            call.Complete(Fail(request, error));
            return;
        }
        state.Groups.FindOrCreate(request.GroupId).Join(ToAttempt(call, request), result => call.Complete(ToResponse(result, call.Version)));
    }

    protected override JoinGroupResponse Fail(JoinGroupRequest request, ErrorCode error) =>
        new() { ErrorCode = error, MemberId = request.MemberId, ProtocolName = "" };

    private ErrorCode Check(JoinGroupRequest request)
    {
        if (request.GroupId.Length == 0) return ErrorCode.InvalidGroupId;
        var session = TimeSpan.FromMilliseconds(request.SessionTimeoutMs);
        return session < state.Options.GroupMinSessionTimeout || session > state.Options.GroupMaxSessionTimeout
            ? ErrorCode.InvalidSessionTimeout
            : ErrorCode.None;
    }

    private static JoinAttempt ToAttempt(Call call, JoinGroupRequest request) => new()
    {
        MemberId = request.MemberId,
        InstanceId = request.GroupInstanceId,
        ClientId = call.ClientId ?? "",
        ClientHost = call.Connection.Host,
        SessionTimeout = TimeSpan.FromMilliseconds(request.SessionTimeoutMs),
        RebalanceTimeout = TimeSpan.FromMilliseconds(request.RebalanceTimeoutMs < 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs),
        ProtocolType = request.ProtocolType,
        Protocols = [.. request.Protocols.Select(static each => new MemberProtocol(each.Name, each.Metadata.ToArray()))],
        RequiresKnownMemberId = call.Version >= 4,
        SupportsSkippingAssignment = call.Version >= 9,
    };

    /// <summary>Before version 7 the protocol name may not be null.</summary>
    private static JoinGroupResponse ToResponse(JoinResult result, short version) => new()
    {
        ErrorCode = result.Error,
        GenerationId = result.Generation,
        ProtocolType = result.ProtocolType,
        ProtocolName = result.ProtocolName ?? (version < 7 ? "" : null),
        Leader = result.Leader,
        SkipAssignment = result.SkipAssignment,
        MemberId = result.MemberId,
        Members = [.. result.Members.Select(static member => new JoinGroupResponse.MemberEntry
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            Metadata = member.Metadata,
        })],
    };
}
