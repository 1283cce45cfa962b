using Confluent.Kafka;
using HdrHistogram;

namespace StreamInference.LoadTest.Frames;

/// <summary>A <c>read_committed</c> reader of results: the time from when each frame was due to when its result was read.</summary>
internal sealed class FrameLatency : IDisposable
{
    private readonly IConsumer<Ignore, byte[]> _consumer;

    /// <summary>Stands at the start of the topic; joins no group, so that the first results wait for nobody.</summary>
    public FrameLatency(string bootstrapServers, string topic, int partitions)
    {
        _consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = topic + "-reader",
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
        }).SetLogHandler((_, _) => { }).Build();
        _consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
    }

    /// <summary>Results of the frames that were due in the first second after the first one.</summary>
    public LongHistogram FirstSecond { get; } = New();

    /// <summary>Results of all others.</summary>
    public LongHistogram Rest { get; } = New();

    /// <summary>Passes a result over.</summary>
    public void Skip() => Next();

    /// <summary>Takes the latencies of so many results.</summary>
    public void Read(int results)
    {
        DateTime first = default;
        for (int read = 0; read < results; read++)
        {
            DateTime due = Next();
            if (read == 0) first = due;
            LongHistogram histogram = due - first < TimeSpan.FromSeconds(1) ? FirstSecond : Rest;
            histogram.RecordValue(Math.Max(1, (DateTime.UtcNow - due).Ticks / TimeSpan.TicksPerMicrosecond));
        }
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private DateTime Next() => (_consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException("A result did not come.")).Message.Timestamp.UtcDateTime;

    private static LongHistogram New() => new(TimeSpan.FromMinutes(10).Ticks / TimeSpan.TicksPerMicrosecond, 3);
}
