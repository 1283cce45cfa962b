using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>FindCoordinator 0-6: this node, for groups and transactional ids. Skipped: share groups (INVALID_REQUEST).</summary>
internal sealed class FindCoordinatorHandler(BrokerState state) : RequestHandler<FindCoordinatorRequest, FindCoordinatorResponse>(0, 6)
{
    private const sbyte Transaction = 1;

    protected override void Handle(Call call, FindCoordinatorRequest request) =>
        call.Complete(Answer(request, request.KeyType is >= 0 and <= Transaction ? ErrorCode.None : ErrorCode.InvalidRequest));

    protected override FindCoordinatorResponse Fail(FindCoordinatorRequest request, ErrorCode error) => Answer(request, error);

    /// <summary>The single key of the old versions and the list of the new ones are both filled; the version picks one.</summary>
    private FindCoordinatorResponse Answer(FindCoordinatorRequest request, ErrorCode error)
    {
        var (id, host, port) = error == ErrorCode.None ? (state.Node.Id, state.Node.Host, state.Node.Port) : (-1, "", -1);
        return new()
        {
            ErrorCode = error,
            NodeId = id,
            Host = host,
            Port = port,
            Coordinators = [.. request.CoordinatorKeys.Select(key => new FindCoordinatorResponse.CoordinatorEntry
            {
                Key = key,
                ErrorCode = error,
                NodeId = id,
                Host = host,
                Port = port,
            })],
        };
    }
}
