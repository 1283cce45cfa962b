using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamInference.Kafka.Settings;
using StreamInference.Sources;

namespace StreamInference.Kafka.Clients;

/// <summary>Asks a cluster about topics and groups; changes nothing. May be called by any thread.</summary>
public sealed class ClusterView : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly KafkaSettings _settings;
    private readonly IAdminClient _admin;
    private readonly Dictionary<string, IConsumer<Ignore, Ignore>> _offsets = [];
    private volatile string? _lastError;

    /// <summary>Makes the client; it connects in the background.</summary>
    /// <exception cref="ArgumentException">A setting is refused.</exception>
    public ClusterView(KafkaSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.ThrowIfInvalid();
        _settings = settings;
        _admin = new AdminClientBuilder(settings.ForAdmin()).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => _lastError = error.Reason).Build();
    }

    /// <summary>The number of a topic's partitions; null when there is no such topic.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public int? PartitionsOf(string topic) => Topics(Limit).TryGetValue(topic, out int partitions) ? partitions : null;

    /// <summary>The number of partitions of each topic.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer within <paramref name="limit"/>.</exception>
    public IReadOnlyDictionary<string, int> Topics(TimeSpan limit) => Ask(() =>
        // All topics: asking for one by name creates it where the broker allows that, with settings that nobody chose.
        _admin.GetMetadata(limit).Topics.Where(topic => !topic.Error.IsError).ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count));

    /// <summary>For each partition its oldest offset and the offset behind the last one that a <c>read_committed</c> reader may see.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public async Task<IReadOnlyDictionary<int, OffsetRange>> OffsetsAsync(string topic, IReadOnlyList<int> partitions)
    {
        IReadOnlyDictionary<int, long> oldest = await ListAsync(topic, partitions, OffsetSpec.Earliest());
        IReadOnlyDictionary<int, long> ends = await ListAsync(topic, partitions, OffsetSpec.Latest());
        return partitions.ToDictionary(partition => partition, partition => new OffsetRange(oldest[partition], ends[partition]));
    }

    /// <summary>For each partition the offset of the first record of this time or later; -1 when there is none.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public Task<IReadOnlyDictionary<int, long>> OffsetsAtAsync(string topic, IReadOnlyList<int> partitions, DateTimeOffset time) =>
        ListAsync(topic, partitions, OffsetSpec.ForTimestamp(time.ToUnixTimeMilliseconds()));

    /// <summary>The committed offsets of a group, without those that it does not have.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public Task<IReadOnlyDictionary<int, long>> CommittedAsync(string group, string topic) => Task.Run(() =>
    {
        if (PartitionsOf(topic) is not { } partitions) return new Dictionary<int, long>();
        List<TopicPartitionOffset> committed = Ask(() => OffsetsOf(group).Committed(Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition)), Limit));
        return (IReadOnlyDictionary<int, long>)committed.Where(partition => !partition.Offset.IsSpecial).ToDictionary(partition => partition.Partition.Value, partition => partition.Offset.Value);
    });

    /// <summary>The members of a group of the classic protocol, those included that died within the session timeout; empty when there is no such group.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public Task<IReadOnlyList<GroupMember>> MembersAsync(string group) => Task.Run(() =>
        Ask(() => ClassicGroup.Find(_admin, group, Limit)?.Members ?? []));

    /// <inheritdoc/>
    public void Dispose()
    {
        _admin.Dispose();
        lock (_offsets)
        {
            foreach (IConsumer<Ignore, Ignore> consumer in _offsets.Values) consumer.Dispose();
            _offsets.Clear();
        }
    }

    /// <summary>A client that asks for a group's offsets as a member would, and never joins it.</summary>
    /// <remarks>Not the administrative request for them: that one ends the process in librdkafka 2.16 when the coordinator goes away (<see cref="ClassicGroup"/>).</remarks>
    private IConsumer<Ignore, Ignore> OffsetsOf(string group)
    {
        lock (_offsets)
        {
            if (_offsets.TryGetValue(group, out IConsumer<Ignore, Ignore>? consumer)) return consumer;
            Dictionary<string, string> properties = new(_settings.ForConsumer([])) { ["group.id"] = group, ["enable.auto.commit"] = "false", ["isolation.level"] = "read_uncommitted" };
            consumer = new ConsumerBuilder<Ignore, Ignore>(properties).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => _lastError = error.Reason).Build();
            _offsets.Add(group, consumer);
            return consumer;
        }
    }

    private Task<IReadOnlyDictionary<int, long>> ListAsync(string topic, IReadOnlyList<int> partitions, OffsetSpec spec) => AskAsync<IReadOnlyDictionary<int, long>>(async () =>
    {
        if (partitions.Count == 0) return new Dictionary<int, long>();
        ListOffsetsResult result = await _admin.ListOffsetsAsync(
            partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, partition), OffsetSpec = spec }),
            new ListOffsetsOptions { IsolationLevel = IsolationLevel.ReadCommitted, RequestTimeout = Limit });
        return result.ResultInfos.ToDictionary(
            info => info.TopicPartitionOffsetError.Partition.Value, info => info.TopicPartitionOffsetError.Offset is { IsSpecial: false } offset ? offset.Value : -1);
    });

    private T Ask<T>(Func<T> question)
    {
        try
        {
            return question();
        }
        catch (KafkaException failure)
        {
            throw Unavailable(failure);
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> question)
    {
        try
        {
            return await question();
        }
        catch (KafkaException failure)
        {
            throw Unavailable(failure);
        }
    }

    private KafkaUnavailableException Unavailable(KafkaException failure) => new($"{_settings.BootstrapServers}: {_lastError ?? failure.Error.Reason}", failure);
}
