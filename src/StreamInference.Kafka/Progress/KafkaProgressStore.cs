using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Progress;

namespace StreamInference.Kafka.Progress;

/// <summary>
/// Reads the progress topic of an input topic: compacted, the same number of partitions, written in the transactions of the results.
/// </summary>
public sealed partial class KafkaProgressStore : IProgressStore
{
    private readonly string _topic;
    private readonly ILogger _logger;
    private readonly CompactedTopicReader _changelog;

    /// <summary>Makes the clients.</summary>
    /// <param name="settings">Client properties.</param>
    /// <param name="topic">The progress topic.</param>
    /// <param name="logger">Where slow restores are told.</param>
    /// <param name="limit">How long one restore may take: more than a transaction may stay open.</param>
    public KafkaProgressStore(KafkaSettings settings, string topic, ILogger<KafkaProgressStore> logger, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _topic = topic;
        _logger = logger;
        _changelog = new CompactedTopicReader(settings, topic, limit);
    }

    /// <summary>The rules to keep; all of them, but for tests.</summary>
    internal ProtocolRules Rules { get; init; } = ProtocolRules.All;

    /// <inheritdoc/>
    public long FindEnd(int partition) =>
        _changelog.FindEnd(partition, Rules.EndBehindOpenTransactions ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted);

    /// <inheritdoc/>
    public RestoredProgress Restore(int partition, long committedOffset, long end)
    {
        long started = Stopwatch.GetTimestamp();
        Dictionary<long, Dictionary<int, byte[]>> requests = [];
        _changelog.Read(partition, end, read => Fold(read, committedOffset, requests));
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        LogRestored(_topic, partition, requests.Count, end, milliseconds);
        return new RestoredProgress(requests.Select(request => new RequestProgress(
            request.Key, request.Value, request.Value.Values.Any(value => ProgressState.IsDone(value)))));
    }

    /// <inheritdoc/>
    public void Dispose() => _changelog.Dispose();

    private static void Fold(ConsumeResult<byte[]?, byte[]?> read, long committedOffset, Dictionary<long, Dictionary<int, byte[]>> requests)
    {
        if (!ProgressKey.TryRead(read.Message.Key, out long offset, out int slot) || offset < committedOffset) return;
        if (read.Message.Value is { } value)
        {
            if (!requests.TryGetValue(offset, out Dictionary<int, byte[]>? slots)) requests[offset] = slots = [];
            slots[slot] = value;
            return;
        }

        if (!requests.TryGetValue(offset, out Dictionary<int, byte[]>? left)) return;
        left.Remove(slot);
        if (left.Count == 0) requests.Remove(offset);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Topic}-{Partition}: {Count} requests restored from {End} offsets of progress in {Milliseconds} ms")]
    private partial void LogRestored(string topic, int partition, int count, long end, double milliseconds);
}
