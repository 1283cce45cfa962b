using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Handlers;

/// <summary>The leader never changes, so there is one leader epoch; a client that knows another one is told so.</summary>
internal static class LeaderEpochs
{
    public static ErrorCode Check(int clientsEpoch)
    {
        if (clientsEpoch < 0 || clientsEpoch == PartitionLog.LeaderEpoch) return ErrorCode.None;
        return clientsEpoch < PartitionLog.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
    }
}
