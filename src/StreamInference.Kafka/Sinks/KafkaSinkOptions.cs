using System.Globalization;
using StreamInference.Configuration;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Sinks;

/// <summary>The timestamp of a result record.</summary>
public enum ResultTimestamp
{
    /// <summary>That of the input record, so that windows over results line up with those over inputs.</summary>
    Input,

    /// <summary>The time at which the result was produced.</summary>
    Created,
}

/// <summary>Where a <see cref="KafkaTransactionalSink"/> writes, and how.</summary>
public sealed record KafkaSinkOptions
{
    private const int SocketTimeoutMs = 5000;

    /// <summary>Client properties.</summary>
    public required KafkaSettings Settings { get; init; }

    /// <summary>The pipeline's name: the header <c>si-pipeline</c>.</summary>
    public required string Pipeline { get; init; }

    /// <summary>
    /// Stable and of a bounded set (pipeline and slot), never random: a restarted worker aborts its own leftovers at once, and the broker's state
    /// does not grow.
    /// </summary>
    public required string TransactionalId { get; init; }

    /// <summary>The topic of results.</summary>
    public required string ResultTopic { get; init; }

    /// <summary>The topic of dead letters.</summary>
    public required string DeadLetterTopic { get; init; }

    /// <summary>The topic of the progress of unfinished requests; null: none is kept.</summary>
    public string? ProgressTopic { get; init; }

    /// <summary>The topic of the states of keys; null: none are kept.</summary>
    public string? StateTopic { get; init; }

    /// <summary>Headers of result records. Each costs a copy in the client and its bytes on the wire.</summary>
    public ResultHeaders Headers { get; init; }

    /// <summary>Timestamps of result records.</summary>
    public ResultTimestamp Timestamp { get; init; }

    /// <summary>How long one call into the client may take before the sink answers <c>Retry</c>.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a commit may stay undecided; then the worker starts again with a new producer, which settles it.</summary>
    public TimeSpan RetryDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a single call of <c>Commit</c> may block before the process is ended: sending offsets can hang for ever when the group's
    /// coordinator is down (librdkafka issue 5456), and the log is the only state.
    /// </summary>
    public TimeSpan WatchdogLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The rules to keep; all of them, but for tests.</summary>
    internal ProtocolRules Rules { get; init; } = ProtocolRules.All;

    /// <summary>The producer's properties: defaults for exactly-once and low latency under the user's settings.</summary>
    internal Dictionary<string, string> ProducerProperties()
    {
        Dictionary<string, string> properties = Settings.ForProducer(
        [
            new("transaction.timeout.ms", "10000"),
            new("retry.backoff.ms", "10"),
            // Where all brokers are down for a moment (a single one restarts), a rebootstrap decommissions them, and a send-offsets that was on its
            // way to one never returns (seen on librdkafka 2.16). A producer in doubt is replaced here, which bootstraps anew.
            new("metadata.recovery.strategy", "none"),
            // Flushing ends the linger, so it only groups what is produced before.
            new("linger.ms", "5"),
            new("batch.num.messages", "10000"),
            new("batch.size", "524288"),
            new("queue.buffering.max.messages", "1000000"),
            // Java's clients place keys by murmur2: results of a key lie where Java producers would put it.
            new("partitioner", "murmur2_random"),
            new("client.id", TransactionalId),
        ]);
        properties["transactional.id"] = TransactionalId;
        // librdkafka refuses a socket timeout above the transaction's.
        if (int.TryParse(properties["transaction.timeout.ms"], CultureInfo.InvariantCulture, out int timeout))
            properties.TryAdd("socket.timeout.ms", Math.Min(SocketTimeoutMs, timeout).ToString(CultureInfo.InvariantCulture));
        // Successes are settled by the commit; only failures are reported, and a flush waits on a condition instead of polling.
        properties["delivery.report.only.error"] = "true";
        properties["log.queue"] = "true";
        return properties;
    }
}
