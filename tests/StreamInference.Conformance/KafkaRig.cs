using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Sinks;
using StreamInference.Kafka.Sources;
using StreamInference.Progress;
using StreamInference.Sources;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>What a test of the contracts needs on a cluster: topics of its own, sources and sinks, and an independent view of the topics.</summary>
public sealed class KafkaRig(KafkaCluster cluster) : IDisposable
{
    private readonly TestTopics _topics = new(cluster);
    private readonly List<IDisposable> _owned = [];
    private readonly IProducer<byte[]?, byte[]?> _feed = new ProducerBuilder<byte[]?, byte[]?>(
        new ProducerConfig { BootstrapServers = cluster.BootstrapServers, LingerMs = 0 })
        .SetKeySerializer(Serializers.ByteArray).SetValueSerializer(Serializers.ByteArray).SetLogHandler((_, _) => { }).Build();

    public KafkaCluster Cluster => cluster;

    /// <summary>Properties of every source of this rig.</summary>
    public IReadOnlyList<(string Key, string Value)> SourceSettings { get; init; } = [];

    public string Input { get; private set; } = "";

    public string Output { get; private set; } = "";

    public string DeadLetters { get; private set; } = "";

    public string Group { get; private set; } = "";

    /// <summary>Creates the topics and the group's name.</summary>
    public async Task<KafkaRig> SetUpAsync(int partitions = 1, IReadOnlyDictionary<string, string>? outputConfigs = null)
    {
        Input = await _topics.CreateAsync("in", partitions);
        Output = await _topics.CreateAsync("out", 4, outputConfigs);
        DeadLetters = await _topics.CreateAsync("dlq", 1, outputConfigs);
        Group = _topics.Name("group");
        return this;
    }

    public async Task FeedAsync(int partition, params string[] values)
    {
        foreach (string value in values) await FeedAsync(partition, Encoding.UTF8.GetBytes("key-" + value), Encoding.UTF8.GetBytes(value));
    }

    /// <summary>One more topic of this rig.</summary>
    public Task<string> CreateTopicAsync(string what, int partitions, IReadOnlyDictionary<string, string>? configs = null) => _topics.CreateAsync(what, partitions, configs);

    public Task FeedAsync(int partition, byte[]? key, byte[]? value, Headers? headers = null, long timestamp = 0)
    {
        Message<byte[]?, byte[]?> message = new() { Key = key, Value = value, Headers = headers };
        if (timestamp > 0) message.Timestamp = new Timestamp(timestamp, TimestampType.CreateTime);
        return _feed.ProduceAsync(new TopicPartition(Input, partition), message);
    }

    /// <summary>Many records at once: <paramref name="count"/> with the values <c>partition:n</c>.</summary>
    public void FeedMany(int partition, int count)
    {
        for (int i = 0; i < count; i++)
            _feed.Produce(new TopicPartition(Input, partition), new() { Key = Encoding.UTF8.GetBytes($"k{i}"), Value = Encoding.UTF8.GetBytes($"{partition}:{i}") });
        _feed.Flush(TimeSpan.FromSeconds(60));
    }

    /// <summary>Records that were produced in a transaction and aborted.</summary>
    public void FeedAborted(int partition, params string[] values)
    {
        using IProducer<byte[]?, byte[]?> producer = new ProducerBuilder<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = cluster.BootstrapServers, TransactionalId = _topics.Name("aborting"), LingerMs = 0 })
            .SetKeySerializer(Serializers.ByteArray).SetValueSerializer(Serializers.ByteArray).SetLogHandler((_, _) => { }).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        foreach (string value in values) producer.Produce(new TopicPartition(Input, partition), new() { Value = Encoding.UTF8.GetBytes(value) });
        producer.Flush(TimeSpan.FromSeconds(30));
        producer.AbortTransaction(TimeSpan.FromSeconds(30));
    }

    public KafkaSettings Settings(params (string Key, string Value)[] more) =>
        KafkaSettings.For(cluster.BootstrapServers).With(more.Select(property => new KeyValuePair<string, string>(property.Key, property.Value)));

    public KafkaRecordSource Source(string? slot = null, string? topic = null, params (string Key, string Value)[] settings)
    {
        KafkaRecordSource source = new(
            new KafkaSourceOptions { Settings = Settings([.. SourceSettings, .. settings]), Topics = [topic ?? Input], GroupId = Group, Slot = slot },
            NullLogger<KafkaRecordSource>.Instance);
        _owned.Add(source);
        return source;
    }

    /// <summary>A source that restores progress.</summary>
    public KafkaRecordSource Restoring(IProgressStore progress)
    {
        KafkaRecordSource source = new(
            new KafkaSourceOptions { Settings = Settings([.. SourceSettings]), Topics = [Input], GroupId = Group, Progress = progress }, NullLogger<KafkaRecordSource>.Instance);
        _owned.Add(source);
        return source;
    }

    /// <summary>A source that reads bounds of the input.</summary>
    public KafkaRecordSource Bounded(Dictionary<int, OffsetRange> bounds, string reset = "error")
    {
        KafkaRecordSource source = new(
            new KafkaSourceOptions { Settings = Settings(), Topics = [Input], GroupId = Group, OffsetReset = reset, Bounds = bounds },
            NullLogger<KafkaRecordSource>.Instance);
        _owned.Add(source);
        return source;
    }

    /// <summary>Makes the offsets below <paramref name="offset"/> go, as retention does.</summary>
    public async Task ExpireAsync(int partition, long offset)
    {
        using IAdminClient admin = Admin();
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(Input, partition, offset)]);
    }

    public KafkaSinkOptions SinkOptions(string slot, params (string Key, string Value)[] settings) => new()
    {
        Settings = Settings(settings),
        Pipeline = "test-pipeline",
        TransactionalId = $"{Group}-{slot}",
        ResultTopic = Output,
        DeadLetterTopic = DeadLetters,
    };

    public KafkaTransactionalSink Sink(KafkaRecordSource source, string slot = "0", Func<KafkaSinkOptions, KafkaSinkOptions>? with = null)
    {
        KafkaSinkOptions options = SinkOptions(slot);
        return Connected(new KafkaTransactionalSink(with?.Invoke(options) ?? options, source, NullLogger<KafkaTransactionalSink>.Instance));
    }

    /// <summary>A sink with its parts in the test's hands.</summary>
    internal KafkaTransactionalSink Sink(KafkaSinkOptions options, IGroupMembership membership, Func<ITransactionalProducer, ITransactionalProducer> around)
    {
        ITransactionalProducer Create() => around(new TransactionalProducer(options.ProducerProperties(), NullLogger.Instance));
        return Connected(new KafkaTransactionalSink(options, membership, Create, NullLogger.Instance, TimeProvider.System, expired: null));
    }

    /// <summary>Everything in a topic up to its end, per isolation.</summary>
    public List<ConsumeResult<byte[]?, byte[]?>> Read(string topic, bool committed = true)
    {
        using IConsumer<byte[]?, byte[]?> reader = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = cluster.BootstrapServers,
            GroupId = _topics.Name("reader"),
            IsolationLevel = committed ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).SetKeyDeserializer(Deserializers.ByteArray).SetValueDeserializer(Deserializers.ByteArray).SetLogHandler((_, _) => { }).Build();
        List<TopicPartition> partitions = Partitions(topic);
        Dictionary<TopicPartition, long> ends = Ends(partitions);
        reader.Assign(partitions.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        List<ConsumeResult<byte[]?, byte[]?>> records = [];
        HashSet<TopicPartition> open = [.. partitions];
        Deadline deadline = new(TimeSpan.FromSeconds(40));
        while (open.Count > 0)
        {
            // A marker takes an offset, so the end is reached by position, and an open transaction ends at the last stable offset only in time.
            deadline.Check(() => $"{topic} was not read to its end: {string.Join(", ", open)}");
            ConsumeResult<byte[]?, byte[]?>? result = reader.Consume(TimeSpan.FromMilliseconds(100));
            if (result is { IsPartitionEOF: false }) records.Add(result);
            open.RemoveWhere(partition => reader.Position(partition) is { IsSpecial: false } position ? position >= ends[partition] : ends[partition] == 0);
        }

        return records;
    }

    public List<string> ReadValues(string topic, bool committed = true) =>
        Read(topic, committed).ConvertAll(record => Encoding.UTF8.GetString(record.Message.Value ?? []));

    /// <summary>The group's committed offset of an input partition; -1 when there is none.</summary>
    public async Task<long> CommittedAsync(int partition)
    {
        using IAdminClient admin = Admin();
        List<ListConsumerGroupOffsetsResult> results = await admin.ListConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitions(Group, [new TopicPartition(Input, partition)])],
            new ListConsumerGroupOffsetsOptions { RequireStableOffsets = true });
        return results[0].Partitions[0].Offset is { IsSpecial: false } offset ? offset.Value : -1;
    }

    /// <summary>Waits until the group has given partitions to its members, whether or not they took notice.</summary>
    public void AwaitAssignment()
    {
        using IAdminClient admin = Admin();
        for (Deadline deadline = new(TimeSpan.FromSeconds(40)); ; deadline.Check(() => $"{Group} gave nothing to anyone"))
        {
            try
            {
                if (ClassicGroup.Find(admin, Group, TimeSpan.FromSeconds(10)) is { } found && found.Members.Any(member => member.Partitions.Count > 0)) return;
            }
            catch (KafkaException)
            {
                // The group does not exist yet, or its coordinator is being made.
            }
        }
    }

    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
        _feed.Dispose();
    }

    private KafkaTransactionalSink Connected(KafkaTransactionalSink sink)
    {
        _owned.Add(sink);
        sink.Connect(TimeSpan.FromSeconds(30));
        return sink;
    }

    private List<TopicPartition> Partitions(string topic)
    {
        using IAdminClient admin = Admin();
        return admin.GetMetadata(topic, TimeSpan.FromSeconds(30)).Topics[0].Partitions.ConvertAll(partition => new TopicPartition(topic, partition.PartitionId));
    }

    private Dictionary<TopicPartition, long> Ends(List<TopicPartition> partitions)
    {
        using IAdminClient admin = Admin();
        ListOffsetsResult result = admin.ListOffsetsAsync(
            partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() }),
            new ListOffsetsOptions { IsolationLevel = IsolationLevel.ReadUncommitted }).GetAwaiter().GetResult();
        return result.ResultInfos.ToDictionary(info => info.TopicPartitionOffsetError.TopicPartition, info => info.TopicPartitionOffsetError.Offset.Value);
    }

    private IAdminClient Admin() => new AdminClientBuilder([new("bootstrap.servers", cluster.BootstrapServers)]).SetLogHandler((_, _) => { }).Build();
}
