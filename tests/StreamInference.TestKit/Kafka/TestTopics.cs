using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamInference.TestKit.Kafka;

/// <summary>Topics and groups of one test, with names that no other test has.</summary>
public sealed class TestTopics(KafkaCluster cluster)
{
    private static int _counter;

    private readonly string _suffix = $"{Environment.ProcessId}-{Interlocked.Increment(ref _counter)}-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>A name that no other test has.</summary>
    public string Name(string what) => $"{what}-{_suffix}";

    /// <summary>Creates a topic and waits until its leaders are known.</summary>
    public async Task<string> CreateAsync(string what, int partitions, IReadOnlyDictionary<string, string>? configs = null)
    {
        string name = Name(what);
        using IAdminClient admin = new AdminClientBuilder([new("bootstrap.servers", cluster.BootstrapServers)]).SetLogHandler((_, _) => { }).Build();
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = 1, Configs = configs?.ToDictionary() }],
            new CreateTopicsOptions { OperationTimeout = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(30) });
        // Metadata follow the creation a moment later, and nothing tells when.
        while (true)
        {
            TopicMetadata topic = admin.GetMetadata(name, TimeSpan.FromSeconds(30)).Topics[0];
            if (!topic.Error.IsError && topic.Partitions.Count == partitions && topic.Partitions.TrueForAll(partition => partition.Leader >= 0)) return name;
            await Task.Delay(20);
        }
    }
}
