using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>DescribeCluster 0-1. Skipped: the controllers' view (endpoint type 2), authorized operations.</summary>
internal sealed class DescribeClusterHandler(BrokerState state) : RequestHandler<DescribeClusterRequest, DescribeClusterResponse>(0, 1)
{
    private const sbyte Brokers = 1;

    protected override void Handle(Call call, DescribeClusterRequest request)
    {
        if (request.EndpointType != Brokers)
        {
            call.Complete(Fail(request, ErrorCode.UnsupportedEndpointType));
            return;
        }
        call.Complete(new DescribeClusterResponse
        {
            ClusterId = state.Node.ClusterId,
            ControllerId = state.Node.Id,
            Brokers = [new() { BrokerId = state.Node.Id, Host = state.Node.Host, Port = state.Node.Port }],
        });
    }

    protected override DescribeClusterResponse Fail(DescribeClusterRequest request, ErrorCode error) => new() { ErrorCode = error };
}
