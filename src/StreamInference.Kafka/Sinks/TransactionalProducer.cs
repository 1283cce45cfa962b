using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Native;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sinks;

/// <summary>
/// A librdkafka producer of our own. Confluent.Kafka's makes an object for each record and polls in slices of 10 ms; here failures come as
/// events, successes as nothing at all, and a record costs no managed byte.
/// </summary>
internal sealed unsafe partial class TransactionalProducer : ITransactionalProducer
{
    private const int ErrorSize = 512;

    private readonly Dictionary<string, nint> _topics = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private readonly nint _client;
    private readonly nint _events;
    private bool _disposed;

    /// <summary>Creates the client; contacts no one yet.</summary>
    /// <exception cref="ArgumentException">librdkafka refuses a property.</exception>
    public TransactionalProducer(IReadOnlyDictionary<string, string> properties, ILogger logger)
    {
        _logger = logger;
        _client = CreateClient(properties);
        _events = rd_kafka_queue_get_main(_client);
        _ = rd_kafka_set_log_queue(_client, _events);
    }

    public bool Know(string topic, int timeoutMs)
    {
        nint metadata = 0;
        if (rd_kafka_metadata(_client, 0, Topic(topic), &metadata, timeoutMs) != 0) return false;
        rd_kafka_metadata_destroy(metadata);
        return true;
    }

    public nint Topic(string name)
    {
        if (_topics.TryGetValue(name, out nint topic)) return topic;
        topic = rd_kafka_topic_new(_client, name, 0);
        if (topic == 0) throw new InvalidOperationException($"librdkafka made no handle for topic {name}.");
        _topics.Add(name, topic);
        return topic;
    }

    public KafkaFailure? InitTransactions(int timeoutMs) => KafkaFailure.Take(rd_kafka_init_transactions(_client, timeoutMs));

    public KafkaFailure? Begin() => KafkaFailure.Take(rd_kafka_begin_transaction(_client));

    public KafkaFailure? SendOffsets(nint offsets, nint groupMetadata, int timeoutMs) =>
        KafkaFailure.Take(rd_kafka_send_offsets_to_transaction(_client, offsets, groupMetadata, timeoutMs));

    public KafkaFailure? Commit(int timeoutMs) => KafkaFailure.Take(rd_kafka_commit_transaction(_client, timeoutMs));

    public KafkaFailure? Abort(int timeoutMs) => KafkaFailure.Take(rd_kafka_abort_transaction(_client, timeoutMs));

    public KafkaFailure? Produce(ReadOnlySpan<ProduceArgument> arguments)
    {
        fixed (ProduceArgument* first = arguments) return KafkaFailure.Take(rd_kafka_produceva(_client, first, (nuint)arguments.Length));
    }

    public bool Flush(int timeoutMs) => rd_kafka_flush(_client, timeoutMs) == 0;

    public void PurgeQueue() => _ = rd_kafka_purge(_client, NativeConstants.PurgeQueue);

    public void ServeEvents(List<DeliveryFailure> failures)
    {
        for (nint @event; (@event = rd_kafka_queue_poll(_events, 0)) != 0; rd_kafka_event_destroy(@event))
        {
            switch (rd_kafka_event_type(@event))
            {
                case NativeConstants.EventDeliveryReport:
                    for (NativeMessage* message; (message = rd_kafka_event_message_next(@event)) is not null;)
                        if (message->Error != 0) failures.Add(new DeliveryFailure(message->Opaque, message->Error));
                    break;
                case NativeConstants.EventLog:
                    WriteLog(@event);
                    break;
                case NativeConstants.EventError:
                    LogProducerError(rd_kafka_event_error(@event), NativeText.Read(rd_kafka_event_error_string(@event)));
                    break;
            }
        }
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ = rd_kafka_purge(_client, NativeConstants.PurgeQueueAndInFlight);
        ServeEvents([]);
        foreach (nint topic in _topics.Values) rd_kafka_topic_destroy(topic);
        rd_kafka_queue_destroy(_events);
        rd_kafka_destroy_flags(_client, 0);
    }

    /// <summary>The native client, for tests that make it fail.</summary>
    internal nint Client => _client;

    private static nint CreateClient(IReadOnlyDictionary<string, string> properties)
    {
        byte* error = stackalloc byte[ErrorSize];
        nint conf = rd_kafka_conf_new();
        foreach ((string name, string value) in properties)
        {
            if (name.StartsWith("dotnet.", StringComparison.Ordinal) || rd_kafka_conf_set(conf, name, value, error, ErrorSize) == 0) continue;
            rd_kafka_conf_destroy(conf);
            throw new ArgumentException($"Kafka producer property {name}: {NativeText.Read(error)}");
        }

        rd_kafka_conf_set_events(conf, NativeConstants.EventDeliveryReport | NativeConstants.EventLog | NativeConstants.EventError);
        nint client = rd_kafka_new(NativeConstants.ProducerType, conf, error, ErrorSize);
        if (client != 0) return client;
        // On failure the configuration stays ours.
        rd_kafka_conf_destroy(conf);
        throw new ArgumentException("Kafka producer: " + NativeText.Read(error));
    }

    private void WriteLog(nint @event)
    {
        byte* facility;
        byte* text;
        int level;
        if (rd_kafka_event_log(@event, &facility, &text, &level) == 0)
            ClientLog.Write(_logger, (SyslogLevel)level, NativeText.Read(facility), NativeText.Read(text));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Producer error {Code}: {Text}")]
    private partial void LogProducerError(int code, string text);
}
