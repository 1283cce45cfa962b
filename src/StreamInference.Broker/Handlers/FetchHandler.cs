using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// Fetch 4-16; 0-3 are advertised for old librdkafka and answered with UNSUPPORTED_VERSION. Answers when min_bytes are
/// there, when a partition has an error, or after max_wait; woken by appends and, for read_committed, by the last stable
/// offset. Under read_committed whole batches below that offset and the aborted transactions among them are given; the
/// client drops their records, as with Kafka. Skipped: fetch sessions (always session 0), preferred replicas.
/// </summary>
internal sealed class FetchHandler(BrokerState state) : RequestHandler<FetchRequest, FetchResponse>(0, 16)
{
    public override short LowestServed => 4;

    protected override void Handle(Call call, FetchRequest request)
    {
        var fetch = new PendingFetch(state, call, request);
        if (!fetch.TryComplete(final: request.MaxWaitMs <= 0)) fetch.Wait();
    }

    protected override FetchResponse Fail(FetchRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        Responses = [.. request.Topics.Select(topic => new FetchResponse.TopicEntry
        {
            Topic = topic.Topic,
            TopicId = topic.TopicId,
            Partitions = [.. topic.Partitions.Select(partition => new FetchResponse.PartitionEntry
            {
                PartitionIndex = partition.Partition,
                ErrorCode = error,
                HighWatermark = -1,
            })],
        })],
    };
}
