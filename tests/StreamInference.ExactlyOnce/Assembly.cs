using StreamInference.TestKit.Kafka;

[assembly: AssemblyFixture(typeof(RealKafkaFixture))]
[assembly: AssemblyFixture(typeof(EmbeddedKafkaFixture))]
// Each test has worker processes of its own and needs the machine for itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
