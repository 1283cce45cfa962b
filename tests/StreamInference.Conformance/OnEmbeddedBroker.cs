using StreamInference.Conformance.Progress;
using StreamInference.TestKit.Kafka;

[assembly: AssemblyFixture(typeof(EmbeddedKafkaFixture))]

namespace StreamInference.Conformance;

public sealed class RecordSourceOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : RecordSourceSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class BoundedSourceOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : BoundedSourceSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class TransactionalSinkOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : TransactionalSinkSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class ControlReaderOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : ControlReaderSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class TopicPlannerOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : TopicPlannerSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class ProgressProtocolOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : ProgressProtocolSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class StaticMembershipOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : StaticMembershipSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class FencingOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : FencingSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
