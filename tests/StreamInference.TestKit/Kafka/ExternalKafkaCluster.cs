namespace StreamInference.TestKit.Kafka;

/// <summary>A cluster that someone else runs.</summary>
internal sealed class ExternalKafkaCluster(string bootstrapServers) : KafkaCluster
{
    public override string BootstrapServers => bootstrapServers;

    public override string Description => $"KAFKA_BOOTSTRAP_SERVERS ({bootstrapServers})";

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
