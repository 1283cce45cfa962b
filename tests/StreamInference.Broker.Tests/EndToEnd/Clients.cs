using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamInference.Broker.Tests.EndToEnd;

/// <summary>Confluent.Kafka clients with the settings that the pipeline uses, and a few steps that tests repeat.</summary>
internal static class Clients
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static IProducer<string, string> Producer(string servers, Action<ProducerConfig>? configure = null)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = servers,
            EnableIdempotence = true,
            LingerMs = 0,
            RetryBackoffMs = 10,
            SocketTimeoutMs = 5000,

            // When the only broker's connection breaks, librdkafka 2.16 starts over from the bootstrap list and forgets its
            // coordinators; a SendOffsetsToTransaction under way then waits for ever.
            MetadataRecoveryStrategy = MetadataRecoveryStrategy.None,
        };
        configure?.Invoke(config);
        return new ProducerBuilder<string, string>(config).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();
    }

    public static IProducer<string, string> Transactional(string servers, string id, Action<ProducerConfig>? configure = null) =>
        Producer(servers, config =>
        {
            config.TransactionalId = id;
            config.TransactionTimeoutMs = 10_000;
            config.EnableBackgroundPoll = false;
            configure?.Invoke(config);
        });

    public static ConsumerBuilder<string, string> Consumer(string servers, string group, Action<ConsumerConfig>? configure = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = servers,
            GroupId = group,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            SessionTimeoutMs = 6000,
            HeartbeatIntervalMs = 200,
            FetchWaitMaxMs = 50,
            FetchQueueBackoffMs = 5,
            EnablePartitionEof = true,
        };
        configure?.Invoke(config);
        return new ConsumerBuilder<string, string>(config).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { });
    }

    public static IAdminClient Admin(string servers) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).SetLogHandler(static (_, _) => { }).Build();

    public static async Task CreateTopicAsync(string servers, string topic, int partitions = 1, params (string Name, string Value)[] settings)
    {
        using var admin = Admin(servers);
        await admin.CreateTopicsAsync(
        [
            new TopicSpecification
            {
                Name = topic,
                NumPartitions = partitions,
                ReplicationFactor = 1,
                Configs = settings.ToDictionary(static each => each.Name, static each => each.Value),
            },
        ]);
    }

    /// <summary>All records of a topic up to its end under the isolation level, in order within each partition.</summary>
    public static List<ConsumeResult<string, string>> ReadAll(
        string servers, string topic, int partitions = 1, IsolationLevel isolation = IsolationLevel.ReadCommitted)
    {
        using var consumer = Consumer(servers, "reader-of-" + topic, config => config.IsolationLevel = isolation).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(index => new TopicPartitionOffset(topic, index, Offset.Beginning)));
        var records = new List<ConsumeResult<string, string>>();
        for (var open = partitions; open > 0;)
        {
            var result = consumer.Consume(Patience) ?? throw new TimeoutException($"{topic}: {records.Count} records, no end");
            if (result.IsPartitionEOF) open--;
            else records.Add(result);
        }
        consumer.Close();
        return records;
    }

    public static List<string> ReadValues(string servers, string topic, int partitions = 1, IsolationLevel isolation = IsolationLevel.ReadCommitted) =>
        [.. ReadAll(servers, topic, partitions, isolation).Select(static result => result.Message.Value)];

    public static Message<string, string> Record(string value, string? key = null) => new() { Key = key ?? value, Value = value };
}
