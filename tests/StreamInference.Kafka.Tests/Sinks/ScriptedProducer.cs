using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sinks;

namespace StreamInference.Kafka.Tests.Sinks;

/// <summary>What happened to a producer, in order.</summary>
internal enum ProducerEvent
{
    Init,
    Begin,
    Produce,
    SendOffsets,
    Commit,
    Abort,
}

/// <summary>
/// A producer that answers as it was told, and keeps the books of the broker behind it: which transaction is open, what was committed, with which
/// offsets. It refuses calls that librdkafka would not allow.
/// </summary>
internal sealed class ScriptedProducer(Func<ProducerEvent, KafkaFailure?> answer) : ITransactionalProducer
{
    private readonly List<DeliveryFailure> _failures = [];
    private bool _isOpen;
    private bool _hasOffsets;
    private int _inTransaction;
    private ProducerEvent? _pending;

    public List<ProducerEvent> Events { get; } = [];

    /// <summary>Records of committed transactions.</summary>
    public int CommittedRecords { get; private set; }

    /// <summary>Transactions that were committed without a send-offsets that returned ok; must stay 0.</summary>
    public int CommitsWithoutOffsets { get; private set; }

    /// <summary>Calls that are not allowed in the state of the transaction; must stay empty.</summary>
    public List<string> Violations { get; } = [];

    public bool IsDisposed { get; private set; }

    /// <summary>Reports that the record with this opaque failed, at the next look at the events.</summary>
    public void FailRecord(nint opaque, int code) => _failures.Add(new DeliveryFailure(opaque, code));

    public bool Know(string topic, int timeoutMs) => true;

    public nint Topic(string name) => name.GetHashCode(StringComparison.Ordinal);

    public KafkaFailure? InitTransactions(int timeoutMs) => Call(ProducerEvent.Init, allowed: !_isOpen);

    public KafkaFailure? Begin()
    {
        KafkaFailure? failure = Call(ProducerEvent.Begin, allowed: !_isOpen);
        if (failure is not null) return failure;
        (_isOpen, _hasOffsets, _inTransaction) = (true, false, 0);
        return null;
    }

    public KafkaFailure? Produce(ReadOnlySpan<ProduceArgument> arguments)
    {
        KafkaFailure? failure = Call(ProducerEvent.Produce, allowed: _isOpen);
        if (failure is null) _inTransaction++;
        return failure;
    }

    public KafkaFailure? SendOffsets(nint offsets, nint groupMetadata, int timeoutMs)
    {
        KafkaFailure? failure = Call(ProducerEvent.SendOffsets, allowed: _isOpen);
        if (failure is null) _hasOffsets = true;
        return failure;
    }

    public KafkaFailure? Commit(int timeoutMs)
    {
        KafkaFailure? failure = Call(ProducerEvent.Commit, allowed: _isOpen);
        if (failure is not null) return failure;
        if (!_hasOffsets) CommitsWithoutOffsets++;
        CommittedRecords += _inTransaction;
        _isOpen = false;
        return null;
    }

    public KafkaFailure? Abort(int timeoutMs)
    {
        KafkaFailure? failure = Call(ProducerEvent.Abort, allowed: _isOpen);
        if (failure is null) _isOpen = false;
        return failure;
    }

    public bool Flush(int timeoutMs) => _failures.Count == 0;

    public void PurgeQueue()
    {
    }

    public void ServeEvents(List<DeliveryFailure> failures)
    {
        failures.AddRange(_failures);
        _failures.Clear();
    }

    public void Dispose() => IsDisposed = true;

    private KafkaFailure? Call(ProducerEvent call, bool allowed)
    {
        Events.Add(call);
        if (IsDisposed) Violations.Add($"{call} after dispose");
        if (!allowed) Violations.Add($"{call} in the wrong state");
        // A retriable call is pending: librdkafka allows only that same call until it is definite.
        if (_pending is { } pending && pending != call && pending is not ProducerEvent.SendOffsets) Violations.Add($"{call} while {pending} is pending");
        KafkaFailure? failure = answer(call);
        _pending = failure is { IsRetriable: true } ? call : null;
        return failure;
    }
}
