using StreamInference.Kafka.Native;

namespace StreamInference.Kafka.Sinks;

/// <summary>A record that the broker or the client refused after it was accepted into the queue.</summary>
/// <param name="Opaque">What was given to the call that produced it.</param>
/// <param name="Code">Why.</param>
internal readonly record struct DeliveryFailure(nint Opaque, int Code);

/// <summary>librdkafka's transactional producer, call by call. It classifies nothing; used by one thread.</summary>
internal interface ITransactionalProducer : IDisposable
{
    /// <summary>Fetches the metadata of a topic, so that the first transaction does not wait for it.</summary>
    bool Know(string topic, int timeoutMs);

    /// <summary>The handle of a topic, kept until the producer is disposed.</summary>
    nint Topic(string name);

    /// <summary>Fences former producers of the same transactional id and settles what they left open.</summary>
    KafkaFailure? InitTransactions(int timeoutMs);

    /// <summary>Begins a transaction; local.</summary>
    KafkaFailure? Begin();

    /// <summary>Makes offsets part of the transaction.</summary>
    KafkaFailure? SendOffsets(nint offsets, nint groupMetadata, int timeoutMs);

    /// <summary>Commits.</summary>
    KafkaFailure? Commit(int timeoutMs);

    /// <summary>Aborts. What is in flight must be settled and its failures served before.</summary>
    KafkaFailure? Abort(int timeoutMs);

    /// <summary>Puts a record into the client's queue; null when it was taken.</summary>
    KafkaFailure? Produce(ReadOnlySpan<ProduceArgument> arguments);

    /// <summary>Waits until every message is settled; false when some are not after the time, or failed and wait for <see cref="ServeEvents"/>.</summary>
    bool Flush(int timeoutMs);

    /// <summary>Drops what was not sent yet; each dropped message is reported as a failure.</summary>
    void PurgeQueue();

    /// <summary>Takes the waiting events: failures into <paramref name="failures"/>, log lines and errors to the log.</summary>
    void ServeEvents(List<DeliveryFailure> failures);
}
