using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sinks;

namespace StreamInference.Conformance;

/// <summary>A producer that does something before chosen calls, as a broker's failure or a stopped process would happen there.</summary>
internal class InterceptedProducer(ITransactionalProducer inner, Action<string> before) : ITransactionalProducer
{
    /// <summary>Every call of the transaction's API, in order.</summary>
    public List<string> Calls { get; } = [];

    public bool Know(string topic, int timeoutMs) => inner.Know(topic, timeoutMs);

    public nint Topic(string name) => inner.Topic(name);

    public KafkaFailure? InitTransactions(int timeoutMs) => At(nameof(InitTransactions)).InitTransactions(timeoutMs);

    public virtual KafkaFailure? Begin() => At(nameof(Begin)).Begin();

    public virtual KafkaFailure? SendOffsets(nint offsets, nint groupMetadata, int timeoutMs) => At(nameof(SendOffsets)).SendOffsets(offsets, groupMetadata, timeoutMs);

    public virtual KafkaFailure? Commit(int timeoutMs) => At(nameof(Commit)).Commit(timeoutMs);

    public KafkaFailure? Abort(int timeoutMs) => At(nameof(Abort)).Abort(timeoutMs);

    public KafkaFailure? Produce(ReadOnlySpan<ProduceArgument> arguments) => inner.Produce(arguments);

    public bool Flush(int timeoutMs) => inner.Flush(timeoutMs);

    public void PurgeQueue() => inner.PurgeQueue();

    public void ServeEvents(List<DeliveryFailure> failures) => inner.ServeEvents(failures);

    public void Dispose() => inner.Dispose();

    private ITransactionalProducer At(string call)
    {
        before(call);
        Calls.Add(call);
        return inner;
    }
}

/// <summary>Ends the worker, as SIGKILL would, before a call.</summary>
internal sealed class StopsBefore(ITransactionalProducer inner, string call)
    : InterceptedProducer(inner, name => _ = name == call ? throw new StoppedException() : 0);

internal sealed class StoppedException : Exception;
