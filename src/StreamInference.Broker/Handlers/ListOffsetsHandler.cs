using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// ListOffsets 1-10; 0 is advertised and answered with UNSUPPORTED_VERSION. Latest (the last stable offset under
/// read_committed), earliest, max timestamp (KIP-734), earliest local (the same as earliest) and the first record at or
/// after a time. Skipped: tiered storage.
/// </summary>
internal sealed class ListOffsetsHandler(BrokerState state) : RequestHandler<ListOffsetsRequest, ListOffsetsResponse>(0, 10)
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;
    private const sbyte ReadCommitted = 1;

    public override short LowestServed => 1;

    protected override void Handle(Call call, ListOffsetsRequest request) => call.Complete(new ListOffsetsResponse
    {
        Topics = [.. request.Topics.Select(topic => new TopicPartitions<ListOffsetsResponse.PartitionEntry>
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition => Find(topic.Name, partition, request.IsolationLevel == ReadCommitted))],
        })],
    });

    protected override ListOffsetsResponse Fail(ListOffsetsRequest request, ErrorCode error) => new()
    {
        Topics = [.. request.Topics.Select(topic => new TopicPartitions<ListOffsetsResponse.PartitionEntry>
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition => Answer(partition, error))],
        })],
    };

    private ListOffsetsResponse.PartitionEntry Find(string topic, ListOffsetsRequest.PartitionEntry wanted, bool committed)
    {
        if (state.Topics.Find(topic, wanted.PartitionIndex) is not { } partition) return Answer(wanted, ErrorCode.UnknownTopicOrPartition);
        if (LeaderEpochs.Check(wanted.CurrentLeaderEpoch) is var error and not ErrorCode.None) return Answer(wanted, error);
        var log = partition.Log;
        var end = committed ? log.LastStableOffset : log.EndOffset;
        var answer = Answer(wanted, ErrorCode.None);
        switch (wanted.Timestamp)
        {
            case Latest: Put((-1, end)); break;
            case Earliest or EarliestLocal: Put((-1, log.StartOffset)); break;
            case MaxTimestamp: Put(log.FindMaxTimestamp()); break;
            case < 0: answer.ErrorCode = ErrorCode.UnsupportedVersion; break;
            default: Put(log.FindByTime(wanted.Timestamp) is { } found && found.Offset < end ? found : null); break;
        }
        return answer;

        void Put((long Timestamp, long Offset)? found)
        {
            if (found is null) return;
            answer.Timestamp = found.Value.Timestamp;
            answer.Offset = found.Value.Offset;
            answer.LeaderEpoch = PartitionLog.LeaderEpoch;
        }
    }

    private static ListOffsetsResponse.PartitionEntry Answer(ListOffsetsRequest.PartitionEntry wanted, ErrorCode error) =>
        new() { PartitionIndex = wanted.PartitionIndex, ErrorCode = error };
}
