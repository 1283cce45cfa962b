using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Sinks;
using StreamInference.Kafka.Sources;

namespace StreamInference.Kafka.Tests.Settings;

public sealed class KafkaSettingsTests
{
    private static KafkaSettings Of(params (string Key, string Value)[] properties) =>
        new(properties.Select(property => new KeyValuePair<string, string>(property.Key, property.Value)));

    [Fact]
    public void Every_refused_property_is_named_at_once()
    {
        IReadOnlyList<KafkaSettingError> errors = Of(
            ("fetch.wait.max.ms", "soon"), ("no.such.property", "1"), ("enable.auto.commit", "true"), ("producer.acks", "1"), ("linger.ms", "5")).Validate();
        Assert.Equal(["bootstrap.servers", "enable.auto.commit", "fetch.wait.max.ms", "no.such.property", "producer.acks"], errors.Select(error => error.Key));
    }

    [Fact]
    public void Good_settings_have_no_errors() => Assert.Empty(Of(
        ("bootstrap.servers", "a:1,b:2"), ("security.protocol", "sasl_ssl"), ("sasl.mechanism", "PLAIN"), ("sasl.username", "u"), ("sasl.password", "p"),
        ("consumer.fetch.min.bytes", "1"), ("producer.compression.type", "zstd")).Validate());

    [Fact]
    public void Secrets_appear_neither_in_text_nor_in_errors()
    {
        KafkaSettings settings = Of(
            ("bootstrap.servers", "a:1"), ("sasl.password", "hunter2"), ("ssl.key.password", "hunter2"), ("ssl.key.pem", "hunter2"), ("producer.sasl.password", "hunter2"),
            ("sasl.oauthbearer.client.secret", "hunter2"), ("sasl.username", "someone"));
        Assert.DoesNotContain("hunter2", settings.ToString(), StringComparison.Ordinal);
        Assert.Contains("sasl.username=someone", settings.ToString(), StringComparison.Ordinal);
        Assert.All(settings.Validate(), error => Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_prefixed_property_reaches_its_client_alone_and_wins()
    {
        KafkaSettings settings = Of(("bootstrap.servers", "a:1"), ("linger.ms", "7"), ("producer.linger.ms", "9"), ("consumer.fetch.min.bytes", "3"));
        Dictionary<string, string> producer = settings.ForProducer([new("linger.ms", "0"), new("batch.size", "1")]);
        Assert.Equal(("9", "1", false), (producer["linger.ms"], producer["batch.size"], producer.ContainsKey("fetch.min.bytes")));
        Dictionary<string, string> consumer = settings.ForConsumer([]);
        Assert.Equal(("7", "3"), (consumer["linger.ms"], consumer["fetch.min.bytes"]));
    }

    [Fact]
    public void The_environment_names_properties_in_capitals_and_foreign_names_are_left_out()
    {
        IReadOnlyDictionary<string, string> found = KafkaSettings.FromEnvironment(
            [new("KAFKA_BOOTSTRAP_SERVERS", "a:1"), new("KAFKA_SASL_PASSWORD", "p"), new("KAFKA_HEAP_OPTS", "-Xmx1g"), new("KAFKA_CONSUMER_FETCH_MIN_BYTES", "5"), new("PATH", "/bin")]);
        Assert.Equal(["bootstrap.servers=a:1", "consumer.fetch.min.bytes=5", "sasl.password=p"], found.Select(property => $"{property.Key}={property.Value}"));
    }

    [Fact]
    public void A_classic_member_is_static_and_a_member_of_the_new_protocol_is_not()
    {
        KafkaSourceOptions options = new() { Settings = Of(("bootstrap.servers", "a:1")), Topics = ["in"], GroupId = "g", Slot = "w-0" };
        Dictionary<string, string> classic = options.ConsumerProperties();
        Assert.Equal(("w-0", "cooperative-sticky", "read_committed", "false"), (classic["group.instance.id"], classic["partition.assignment.strategy"], classic["isolation.level"], classic["enable.auto.commit"]));
        Dictionary<string, string> modern = (options with { Settings = Of(("bootstrap.servers", "a:1"), ("group.protocol", "consumer")) }).ConsumerProperties();
        Assert.Empty(modern.Keys.Intersect(["group.instance.id", "partition.assignment.strategy", "session.timeout.ms", "heartbeat.interval.ms"]));
    }

    [Theory]
    [InlineData("10000", "5000")]
    [InlineData("2000", "2000")]
    public void The_socket_timeout_stays_below_the_transaction_timeout(string transaction, string socket)
    {
        KafkaSinkOptions options = new()
        {
            Settings = Of(("bootstrap.servers", "a:1"), ("transaction.timeout.ms", transaction)),
            Pipeline = "p",
            TransactionalId = "p-0",
            ResultTopic = "out",
            DeadLetterTopic = "dlq",
        };
        Assert.Equal(socket, options.ProducerProperties()["socket.timeout.ms"]);
    }
}
