using StreamInference.TestKit.Kafka;

[assembly: AssemblyFixture(typeof(RealKafkaFixture))]
[assembly: AssemblyFixture(typeof(EmbeddedKafkaFixture))]
