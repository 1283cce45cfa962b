using System.Runtime.InteropServices;
using Confluent.Kafka;
using StreamInference.Kafka.Native;

namespace StreamInference.Benchmarks.Kafka;

/// <summary>librdkafka's mock brokers, in C in this process: what is measured beside them is the client alone, and no managed byte is theirs.</summary>
internal sealed partial class MockCluster : IDisposable
{
    private readonly IProducer<Null, Null> _host;
    private readonly nint _cluster;

    static MockCluster() => NativeLibrary.SetDllImportResolver(typeof(MockCluster).Assembly, NativeLibraryResolver.Resolve);

    public MockCluster(params string[] topics)
    {
        _host = new ProducerBuilder<Null, Null>(new ProducerConfig { BootstrapServers = "127.0.0.1:1" }).SetLogHandler((_, _) => { }).Build();
        _cluster = rd_kafka_mock_cluster_new(ClientHandle.Of(_host), 1);
        foreach (string topic in topics) _ = rd_kafka_mock_topic_create(_cluster, topic, 4, 1);
    }

    public string BootstrapServers => Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;

    public void Dispose()
    {
        rd_kafka_mock_cluster_destroy(_cluster);
        _host.Dispose();
    }

    [LibraryImport(LibRdKafka.Name)]
    private static partial nint rd_kafka_mock_cluster_new(nint client, int brokers);

    [LibraryImport(LibRdKafka.Name)]
    private static partial void rd_kafka_mock_cluster_destroy(nint cluster);

    [LibraryImport(LibRdKafka.Name)]
    private static partial nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [LibraryImport(LibRdKafka.Name, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_mock_topic_create(nint cluster, string topic, int partitions, int replicas);
}
