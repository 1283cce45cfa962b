using Confluent.Kafka;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Clients;

/// <summary>
/// Fetches single records by their place, as <c>si-source</c> names them, outside any group: for people who look at results beside their
/// inputs. Records of a partition that are asked for in their order are read in one stream. Called by one thread at a time.
/// </summary>
public sealed class RecordFinder : IDisposable
{
    private static readonly KeyValuePair<string, string>[] Defaults =
    [
        new("group.id", "streaminfer-finder"), new("enable.auto.commit", "false"), new("enable.partition.eof", "true"), new("auto.offset.reset", "earliest"),
        new("fetch.wait.max.ms", "50"), new("fetch.queue.backoff.ms", "5"), new("isolation.level", "read_committed"),
    ];

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private TopicPartition? _assigned;
    private ConsumeResult<byte[]?, byte[]?>? _ahead;
    private long _next;

    /// <summary>Makes the client; it connects at the first record.</summary>
    public RecordFinder(KafkaSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(settings.ForConsumer(Defaults)).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
    }

    /// <summary>Fetches a record.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="limit">How long to wait for it.</param>
    /// <returns>The record; null when it is not there (any more), or did not come in time.</returns>
    /// <exception cref="KafkaUnavailableException">The client cannot go on (authorization, a deleted topic).</exception>
    public TopicRecord? Find(string topic, int partition, long offset, TimeSpan limit)
    {
        Seek(new TopicPartition(topic, partition), offset);
        long started = Environment.TickCount64;
        try
        {
            while (_ahead is null || _ahead.Offset.Value < offset)
            {
                TimeSpan left = limit - TimeSpan.FromMilliseconds(Environment.TickCount64 - started);
                if (left <= TimeSpan.Zero || _consumer.Consume(left) is not { } read) return null;
                if (read.IsPartitionEOF) return null;
                (_ahead, _next) = (read, read.Offset.Value + 1);
            }
        }
        catch (ConsumeException exception)
        {
            throw new KafkaUnavailableException(exception.Error.Reason, exception);
        }

        return _ahead.Offset.Value == offset ? TopicRecord.Of(_ahead) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _consumer.Dispose();

    // What lies a little ahead is read over; everything else is a new start.
    private void Seek(TopicPartition partition, long offset)
    {
        const long near = 1000;
        if (partition == _assigned && (_ahead?.Offset.Value == offset || (offset >= _next && offset < _next + near))) return;
        _consumer.Assign(new TopicPartitionOffset(partition, offset));
        (_assigned, _ahead, _next) = (partition, null, offset);
    }
}
