using StreamInference.Conformance.Progress;
using StreamInference.TestKit.Kafka;

[assembly: AssemblyFixture(typeof(RealKafkaFixture))]

namespace StreamInference.Conformance;

public sealed class RecordSourceOnRealKafka(RealKafkaFixture kafka) : RecordSourceSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class RecordSourceOnRealKafkaWithConsumerProtocol(RealKafkaFixture kafka) : RecordSourceSuite
{
    protected override IReadOnlyList<(string Key, string Value)> Settings => [("group.protocol", "consumer")];

    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class BoundedSourceOnRealKafka(RealKafkaFixture kafka) : BoundedSourceSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class TransactionalSinkOnRealKafka(RealKafkaFixture kafka) : TransactionalSinkSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class ControlReaderOnRealKafka(RealKafkaFixture kafka) : ControlReaderSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class TopicPlannerOnRealKafka(RealKafkaFixture kafka) : TopicPlannerSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class ProgressProtocolOnRealKafka(RealKafkaFixture kafka) : ProgressProtocolSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class StaticMembershipOnRealKafka(RealKafkaFixture kafka) : StaticMembershipSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

public sealed class FencingOnRealKafka(RealKafkaFixture kafka) : FencingSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
