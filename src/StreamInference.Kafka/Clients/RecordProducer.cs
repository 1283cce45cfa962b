using Confluent.Kafka;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Clients;

/// <summary>
/// Produces records outside any pipeline: files, standard input, the simulator. Idempotent, so a retry repeats nothing; not transactional.
/// Called by one thread at a time.
/// </summary>
public sealed class RecordProducer : IDisposable
{
    private static readonly KeyValuePair<string, string>[] Defaults =
        [new("enable.idempotence", "true"), new("linger.ms", "5"), new("partitioner", "murmur2_random"), new("queue.buffering.max.kbytes", "65536")];

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly Action<DeliveryReport<byte[]?, byte[]?>> _onDelivered;
    private long _delivered;
    private long _failed;
    private string? _firstFailure;

    /// <summary>Creates the producer; it connects in the background.</summary>
    public RecordProducer(KafkaSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _producer = new ProducerBuilder<byte[]?, byte[]?>(settings.ForProducer(Defaults))
            .SetErrorHandler((_, error) => LastError = error.Reason)
            .SetLogHandler((_, _) => { })
            .Build();
        _onDelivered = OnDelivered;
    }

    /// <summary>Records that the cluster has acknowledged.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Records that were given up.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Why the first of them was; null when none was.</summary>
    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    /// <summary>The client's last complaint; null when there was none.</summary>
    public string? LastError { get; private set; }

    /// <summary>Called for each acknowledged record with its place, on the client's thread; null for nothing. Set before the first record.</summary>
    public Action<string, int, long>? Acknowledged { get; set; }

    /// <summary>Queues a record; waits when the queue is full.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="key">The key, which chooses the partition (murmur2, as the Java client); null spreads.</param>
    /// <param name="value">The value; null for a tombstone.</param>
    /// <param name="headers">The headers; null for none.</param>
    /// <param name="timestamp">Milliseconds since 1970 UTC; null for now.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public void Produce(
        string topic, byte[]? key, byte[]? value, IEnumerable<KeyValuePair<string, byte[]?>>? headers = null, long? timestamp = null, CancellationToken cancellation = default)
    {
        Message<byte[]?, byte[]?> message = new() { Key = key, Value = value };
        if (timestamp is { } time) message.Timestamp = new Timestamp(time, TimestampType.CreateTime);
        if (headers is not null)
        {
            message.Headers = [];
            foreach ((string name, byte[]? bytes) in headers) message.Headers.Add(name, bytes);
        }

        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                _producer.Produce(topic, message, _onDelivered);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                _producer.Poll(TimeSpan.FromMilliseconds(50));
            }
            catch (ProduceException<byte[]?, byte[]?> exception)
            {
                // Refused at once (too large): counted as the broker's refusals are.
                Fail(exception.Error.Reason);
                return;
            }
        }
    }

    /// <summary>Waits until every queued record is acknowledged or given up.</summary>
    /// <returns>How many are still queued after <paramref name="limit"/>.</returns>
    public int Flush(TimeSpan limit) => _producer.Flush(limit);

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();

    private void OnDelivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
        {
            Fail(report.Error.Reason);
            return;
        }

        Interlocked.Increment(ref _delivered);
        Acknowledged?.Invoke(report.Topic, report.Partition.Value, report.Offset.Value);
    }

    private void Fail(string reason)
    {
        Interlocked.CompareExchange(ref _firstFailure, reason, null);
        Interlocked.Increment(ref _failed);
    }
}
