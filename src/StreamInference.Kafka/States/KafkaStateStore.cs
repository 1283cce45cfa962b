using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.States;

namespace StreamInference.Kafka.States;

/// <summary>
/// Reads the state topic of a pipeline: compacted, as many partitions as the input, written in the transactions of the results.
/// </summary>
public sealed partial class KafkaStateStore : IStateStore
{
    private readonly string _topic;
    private readonly ILogger _logger;
    private readonly CompactedTopicReader _changelog;

    /// <summary>Makes the clients.</summary>
    /// <param name="settings">Client properties.</param>
    /// <param name="topic">The state topic.</param>
    /// <param name="logger">Where restores are told.</param>
    /// <param name="limit">How long one restore may take: more than a transaction may stay open.</param>
    public KafkaStateStore(KafkaSettings settings, string topic, ILogger<KafkaStateStore> logger, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _topic = topic;
        _logger = logger;
        _changelog = new CompactedTopicReader(settings, topic, limit);
    }

    /// <inheritdoc/>
    public KeyedState Restore(int partition, long committedOffset)
    {
        long started = Stopwatch.GetTimestamp();
        StateFold fold = new();
        _changelog.Read(partition, _changelog.FindEnd(partition), read => fold.Add(read.Message.Key, read.Message.Value));
        KeyedState states = fold.Below(committedOffset, out int later);
        if (later > 0) LogLater(_topic, partition, later, committedOffset);
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        LogRestored(_topic, partition, states.Count, milliseconds);
        return states;
    }

    /// <inheritdoc/>
    public void Dispose() => _changelog.Dispose();

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Topic}-{Partition}: the states of {Count} keys restored in {Milliseconds} ms")]
    private partial void LogRestored(string topic, int partition, int count, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Topic}-{Partition}: {Count} keys begin anew, because their states are of records behind the group's offset {Offset}")]
    private partial void LogLater(string topic, int partition, int count, long offset);
}
