using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Control;
using StreamInference.Kafka.Settings;
using StreamInference.Runners;
using StreamInference.Sources;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>Every worker hears every cancellation: those of the last hour before it reads its first request, later ones as they come.</summary>
public abstract class ControlReaderSuite
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task What_was_said_is_heard_at_once_and_what_is_said_later_as_it_comes()
    {
        KafkaCluster cluster = await ClusterAsync();
        KafkaSettings settings = KafkaSettings.For(cluster.BootstrapServers);
        string topic = await new TestTopics(cluster).CreateAsync("control", 3);
        Channel<RequestCancellation> heard = Channel.CreateUnbounded<RequestCancellation>();
        using RecordProducer producer = new(settings);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Say(producer, topic, "long ago", now - (2 * 3_600_000));
        Say(producer, topic, "before", now - 60_000);
        producer.Produce(topic, null, Encoding.UTF8.GetBytes("not a cancellation"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(0, producer.Flush(Limit));

        using ControlReader reader = new(settings, topic, said => heard.Writer.TryWrite(said), TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
        reader.Start(Limit);
        Assert.True(heard.Reader.TryRead(out RequestCancellation first));
        Assert.Equal(new RequestCancellation("before", now - 60_000), first);
        Assert.False(heard.Reader.TryRead(out _));

        Say(producer, topic, "later", now);
        Assert.Equal(0, producer.Flush(Limit));
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        Assert.Equal(new RequestCancellation("later", now), await heard.Reader.ReadAsync(limit.Token));
    }

    [Fact]
    public async Task A_topic_that_is_not_there_keeps_the_worker_from_starting_and_is_named()
    {
        KafkaCluster cluster = await ClusterAsync();
        string topic = new TestTopics(cluster).Name("missing");
        using ControlReader reader = new(
            KafkaSettings.For(cluster.BootstrapServers), topic, _ => { }, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
        Assert.Contains(topic, Assert.Throws<SourceFailedException>(() => reader.Start(Limit)).Message, StringComparison.Ordinal);
    }

    private static void Say(RecordProducer producer, string topic, string id, long timestamp) =>
        producer.Produce(topic, Encoding.UTF8.GetBytes(id), CancellationRecord.Write(id), timestamp: timestamp, cancellation: TestContext.Current.CancellationToken);
}
