using StreamInference.Broker;

namespace StreamInference.TestKit.Kafka;

/// <summary>The embedded broker in this process.</summary>
public sealed class EmbeddedKafkaCluster : KafkaCluster
{
    private EmbeddedKafkaCluster(EmbeddedBroker broker) => Broker = broker;

    /// <summary>The broker, for faults.</summary>
    public EmbeddedBroker Broker { get; }

    public override string BootstrapServers => Broker.BootstrapServers;

    public override string Description => "embedded broker";

    public static async Task<EmbeddedKafkaCluster> StartAsync(CancellationToken cancellation = default) =>
        new(await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions(), cancellation));

    public override ValueTask DisposeAsync() => Broker.DisposeAsync();
}
