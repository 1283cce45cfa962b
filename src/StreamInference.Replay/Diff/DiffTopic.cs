using System.Text;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;

namespace StreamInference.Replay.Diff;

/// <summary>
/// Writes a diff to a topic: a record for each difference, with its input record as key, and last the report with the key <c>summary</c>. The producer is
/// idempotent, not transactional: a diff that was stopped is written again, under the same keys.
/// </summary>
public sealed class DiffTopic : IDisposable
{
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(30);

    private readonly RecordProducer _producer;
    private readonly string _topic;

    /// <summary>Opens the topic, which must exist.</summary>
    public DiffTopic(KafkaSettings settings, string topic)
    {
        _producer = new RecordProducer(settings);
        _topic = topic;
    }

    /// <summary>Writes a difference.</summary>
    public void Write(DiffRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        _producer.Produce(_topic, Encoding.UTF8.GetBytes(record.Source), DiffJson.Write(record));
    }

    /// <summary>Writes the report and waits until all is acknowledged.</summary>
    /// <exception cref="KafkaUnavailableException">Something was not.</exception>
    public void Finish(DiffReport report)
    {
        _producer.Produce(_topic, "summary"u8.ToArray(), DiffJson.WriteSummary(report));
        int queued = _producer.Flush(FlushLimit);
        if (queued > 0 || _producer.Failed > 0) throw new KafkaUnavailableException($"Topic {_topic}: {queued + _producer.Failed} records of the diff were not written: {_producer.FirstFailure ?? _producer.LastError}");
    }

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();
}
