using System.Buffers;
using Confluent.Kafka;
using StreamInference.Simulation;
using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Fraud;

/// <summary>Topics of a fraud stream of its own, its pipeline file, and transactions of which one in a hundred is bad.</summary>
internal sealed class FraudStream : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exactly-once-").FullName;

    private FraudStream(KafkaCluster cluster, TestTopics topics)
    {
        Cluster = cluster;
        Topics = topics;
    }

    public KafkaCluster Cluster { get; }

    public TestTopics Topics { get; }

    public required string Input { get; init; }

    public required string Output { get; init; }

    public required string DeadLetters { get; init; }

    public string PipelineFile => Path.Combine(_folder, "pipeline.yaml");

    public string Group => Topics.Name("fraud");

    public static async Task<FraudStream> CreateAsync(KafkaCluster cluster, int partitions)
    {
        TestTopics topics = new(cluster);
        FraudStream stream = new(cluster, topics)
        {
            Input = await topics.CreateAsync("transactions", partitions),
            Output = await topics.CreateAsync("scores", partitions),
            DeadLetters = await topics.CreateAsync("dlq", 1),
        };
        await File.WriteAllTextAsync(stream.PipelineFile, $$"""
            name: {{stream.Group}}
            kind: tabular
            input: { topic: {{stream.Input}}, max_record_bytes: 256KiB }
            output: { topic: {{stream.Output}}, headers: source }
            dead_letter: { topic: {{stream.DeadLetters}} }
            model: { path: {{Path.Combine(SharedData.RepositoryRoot, "models", "fraud")}}, version: 1 }
            batch: { policy: adaptive, max_size: 512, max_wait: 2ms }
            commit: { interval: 50ms, max_records: 2000 }
            """);
        return stream;
    }

    /// <summary>Sends transactions; returns how many of them are bad.</summary>
    public int Feed(int count, ulong seed)
    {
        using IProducer<byte[], byte[]?> producer = new ProducerBuilder<byte[], byte[]?>(
            new ProducerConfig { BootstrapServers = Cluster.BootstrapServers, LingerMs = 20, Partitioner = Partitioner.Murmur2Random, EnableDeliveryReports = false })
            .SetValueSerializer(Serializers.ByteArray!).SetLogHandler((_, _) => { }).Build();
        TransactionStream transactions = new(new SimulatorOptions { Seed = seed, Customers = 500, Terminals = 200 }, new BadRecordOptions { HugeBytes = 300_000 });
        ArrayBufferWriter<byte> value = new(), key = new();
        int bad = 0;
        for (int i = 0; i < count; i++)
        {
            value.ResetWrittenCount();
            key.ResetWrittenCount();
            ProducedRecord record = transactions.WriteNext(value, key);
            if (record.BadRecord != BadRecordKind.None) bad++;
            Message<byte[], byte[]?> message = new() { Key = key.WrittenSpan.ToArray(), Value = record.IsNullValue ? null : value.WrittenSpan.ToArray() };
            while (!TryProduce(producer, message)) producer.Poll(TimeSpan.FromMilliseconds(10));
        }

        producer.Flush(TimeSpan.FromSeconds(120));
        return bad;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private bool TryProduce(IProducer<byte[], byte[]?> producer, Message<byte[], byte[]?> message)
    {
        try
        {
            producer.Produce(Input, message);
            return true;
        }
        catch (ProduceException<byte[], byte[]?> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }
}
