using Microsoft.Extensions.Logging;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Logs;

/// <summary>
/// Looks after retention and compaction every so often, on the loop. One log is compacted per step, so that requests wait
/// for one compaction at most. Also forgets idempotent producers that have been silent for a day, as Kafka does.
/// </summary>
internal sealed partial class LogCleanup(BrokerLoop loop, TopicCatalog topics, TimeProvider clock, TimeSpan interval, ILogger log)
{
    private static readonly TimeSpan ProducerExpiry = TimeSpan.FromDays(1);

    public void Start() => loop.Schedule(interval, Run);

    /// <summary>One round over all partitions.</summary>
    public void Run()
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var partition in topics.All.SelectMany(static topic => topic.Partitions))
        {
            partition.Log.ApplyRetention(now);
            partition.Log.Producers.Expire(now - (long)ProducerExpiry.TotalMilliseconds);
            if (partition.Log.Options.Compact) loop.Post(() => Compact(partition, now));
        }
        Start();
    }

    private void Compact(Partition partition, long now)
    {
        if (!ReferenceEquals(topics.Find(partition.Topic, partition.Index), partition)) return; // deleted meanwhile
        var before = partition.Log.Size;
        if (partition.Log.Compact(now)) LogCompacted(partition.Topic, partition.Index, before, partition.Log.Size);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Compacted {Topic}-{Partition} from {Before} to {After} bytes")]
    private partial void LogCompacted(string topic, int partition, long before, long after);
}
