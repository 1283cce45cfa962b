using StreamInference.Kafka.Settings;
using StreamInference.Progress;
using StreamInference.Sources;
using StreamInference.States;

namespace StreamInference.Kafka.Sources;

/// <summary>What a <see cref="KafkaRecordSource"/> reads, and as which member of which group.</summary>
public sealed record KafkaSourceOptions
{
    private const string GroupProtocol = "group.protocol";

    /// <summary>Client properties.</summary>
    public required KafkaSettings Settings { get; init; }

    /// <summary>The topics to subscribe to.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>The consumer group: one for each pipeline.</summary>
    public required string GroupId { get; init; }

    /// <summary>
    /// The stable name of this worker in its group, of a bounded set. With the classic protocol it becomes <c>group.instance.id</c>: a worker that was
    /// killed and restarted has its partitions back at once and the others notice nothing. With KIP-848 it is not used, because there a restarted
    /// member is refused until the session of the killed one has ended. Null: a dynamic member.
    /// </summary>
    public string? Slot { get; init; }

    /// <summary>Where the group starts without a committed offset: librdkafka's <c>auto.offset.reset</c> (earliest, latest, error).</summary>
    public string OffsetReset { get; init; } = "earliest";

    /// <summary>Where the progress of unfinished requests is read when a partition is assigned; null: none is kept. Owned by the source.</summary>
    public IProgressStore? Progress { get; init; }

    /// <summary>Where the states of keys are read when a partition is assigned; null: none are kept. Owned by the source.</summary>
    public IStateStore? State { get; init; }

    /// <summary>
    /// What is read of each partition; the source is exhausted when its partitions are read to their bounds, and they are all there are or the group has committed
    /// the others' bounds. Null: a live source. The bounds hold for every topic, so there is one.
    /// </summary>
    public IReadOnlyDictionary<int, OffsetRange>? Bounds { get; init; }

    /// <summary>How long an assigned partition waits for its stable committed offset: more than an abandoned transaction stays open.</summary>
    public TimeSpan CommittedLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Called by a source that fails because the group left a partition to nobody: the next source must join under another <see cref="Slot"/>. Null:
    /// nobody looks for such partitions.
    /// </summary>
    public Action? PartitionUnowned { get; init; }

    /// <summary>The rules to keep; all of them, but for tests.</summary>
    internal ProtocolRules Rules { get; init; } = ProtocolRules.All;

    /// <summary>Whether the group uses the consumer protocol of KIP-848 (<c>group.protocol=consumer</c>).</summary>
    internal bool UsesConsumerProtocol => Settings.ForConsumer([]).GetValueOrDefault(GroupProtocol) == "consumer";

    /// <summary>The consumer's properties: defaults for exactly-once and low latency under the user's settings.</summary>
    internal Dictionary<string, string> ConsumerProperties()
    {
        Dictionary<string, string> properties = Settings.ForConsumer(
        [
            new("auto.offset.reset", OffsetReset),
            new("allow.auto.create.topics", "false"),
            // The broker answers at once when there is a record. An empty answer is only needed where the end of a bound is told by one, and by a
            // partition that was assigned while a fetch was out.
            new("fetch.wait.max.ms", Bounds is null ? "100" : "20"),
            new("fetch.queue.backoff.ms", "5"),
            new("max.partition.fetch.bytes", "4194304"),
        ]);
        properties["group.id"] = GroupId;
        properties["isolation.level"] = Rules.StableCommittedOffset ? "read_committed" : "read_uncommitted";
        properties["enable.auto.commit"] = "false";
        properties["enable.auto.offset.store"] = "false";
        // The end of a partition is told at its position, which aborted records and markers move without being delivered.
        if (Bounds is not null) properties["enable.partition.eof"] = "true";
        properties.TryAdd("client.id", Slot ?? GroupId);
        if (UsesConsumerProtocol) return properties;
        properties.TryAdd("partition.assignment.strategy", "cooperative-sticky");
        properties.TryAdd("session.timeout.ms", "6000");
        properties.TryAdd("heartbeat.interval.ms", "1000");
        if (Slot is not null) properties.TryAdd("group.instance.id", Slot);
        return properties;
    }
}
