using System.Diagnostics;
using System.Globalization;
using StreamInference.Commit;
using StreamInference.Kafka.Native;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Kafka.Sinks;

/// <summary>
/// The records of one request: which were produced, which failed, and which go out as dead letters because the broker does not take them.
/// Worker loop only.
/// </summary>
internal sealed class ProducedRecords : IDisposable
{
    // A failed message keeps a flush waiting until its report is taken, so flushes come in slices; one that succeeds ends at once.
    private const int FlushSliceMs = 100;
    private const int DefaultBatchSize = 1_000_000;

    private static readonly RecordError ResultTooLarge = new(RecordErrorCodes.ResultTooLarge, "The broker does not take a result of this size.");

    private readonly ResultWriter _writer;
    private readonly OversizedResults _oversized;
    private readonly List<DeliveryFailure> _failures = [];
    private CommitRequest? _request;
    private int _range;
    private int _inRange;
    private int _position;
    private int _progress;
    private int _states;
    private bool _isAloneInQueue;

    public ProducedRecords(KafkaSinkOptions options)
    {
        _writer = new ResultWriter(options);
        string? batchSize = options.ProducerProperties().GetValueOrDefault("batch.size");
        _oversized = new OversizedResults(int.TryParse(batchSize, CultureInfo.InvariantCulture, out int size) ? size : DefaultBatchSize);
    }

    /// <summary>Whether a dead letter was refused even without its value.</summary>
    public bool IsHopeless => _oversized.IsHopeless;

    /// <summary>Takes a request on.</summary>
    public void Open(CommitRequest request)
    {
        _request = request;
        _oversized.Clear();
        Rewind();
    }

    /// <summary>The request is settled.</summary>
    public void Close() => _request = null;

    /// <summary>A transaction begins: nothing of it was produced.</summary>
    public void Rewind()
    {
        _range = _inRange = _position = _progress = _states = 0;
        _isAloneInQueue = false;
        _failures.Clear();
    }

    /// <summary>Whether the aborted transaction is to be repeated with what its failures told.</summary>
    public bool BeginRepeat()
    {
        if (!_oversized.HasNews) return false;
        _oversized.BeginRepeat();
        return true;
    }

    /// <summary>Produces the rest and waits until all of it is settled; null when the broker has everything.</summary>
    public KafkaFailure? Produce(ITransactionalProducer producer, int timeoutMs)
    {
        List<ResultRange> ranges = _request!.Results;
        for (; _range < ranges.Count; _range++, _inRange = 0)
        {
            ResultBatch batch = ranges[_range].Batch;
            ReadOnlySpan<Result> results = batch.Results.Slice(ranges[_range].Start, ranges[_range].Count);
            while (_inRange < results.Length)
                if (ProduceNext(producer, batch, results[_inRange], timeoutMs) is { } failure) return failure;
        }

        if ((ProduceProgress(producer, timeoutMs) ?? ProduceStates(producer, timeoutMs)) is { } notTaken) return notTaken;
        return Flush(producer, timeoutMs);
    }

    /// <summary>Settles what is in flight, then aborts.</summary>
    public KafkaFailure? Abort(ITransactionalProducer producer, int timeoutMs)
    {
        producer.PurgeQueue();
        long started = Stopwatch.GetTimestamp();
        do
        {
            bool settled = producer.Flush(FlushSliceMs);
            NoteFailures(producer);
            if (settled) break;
        }
        while (Stopwatch.GetElapsedTime(started).TotalMilliseconds < timeoutMs);
        KafkaFailure? failure = producer.Abort(timeoutMs);
        NoteFailures(producer);
        return failure;
    }

    public void Dispose() => _writer.Dispose();

    private KafkaFailure? ProduceProgress(ITransactionalProducer producer, int timeoutMs)
    {
        long started = Stopwatch.GetTimestamp();
        while (_progress < _request!.Progress.Count)
        {
            if (_writer.WriteProgress(producer, _request.Progress[_progress]) is not { } failure) _progress++;
            else if (MakeRoom(producer, failure, started, timeoutMs) is { } refused) return refused;
        }

        return null;
    }

    private KafkaFailure? ProduceStates(ITransactionalProducer producer, int timeoutMs)
    {
        long started = Stopwatch.GetTimestamp();
        while (_states < _request!.States.Count)
        {
            if (_writer.WriteState(producer, _request.States[_states]) is not { } failure) _states++;
            else if (MakeRoom(producer, failure, started, timeoutMs) is { } refused) return refused;
        }

        return null;
    }

    private KafkaFailure? ProduceNext(ITransactionalProducer producer, ResultBatch batch, in Result result, int timeoutMs)
    {
        bool alone = _oversized.IsSuspect(_position);
        if ((alone || _isAloneInQueue) && Flush(producer, timeoutMs) is { } before) return before;
        _isAloneInQueue = false;
        if (Enqueue(producer, batch, result, timeoutMs) is { } failure) return failure;
        _inRange++;
        _position++;
        _isAloneInQueue = alone;
        return null;
    }

    private KafkaFailure? Enqueue(ITransactionalProducer producer, ResultBatch batch, in Result result, int timeoutMs)
    {
        long started = Stopwatch.GetTimestamp();
        while (Write(producer, batch, result) is { } failure)
        {
            if (TransactionRules.IsTooLarge(failure.Code))
            {
                // The client itself refused it and took nothing: the dead letter goes into the same transaction.
                _oversized.Note(_position, int.MaxValue, IsDeadLetter(_position, result));
                if (_oversized.IsHopeless) return failure with { RequiresAbort = true };
                continue;
            }

            if (MakeRoom(producer, failure, started, timeoutMs) is { } refused) return refused;
        }

        return null;
    }

    /// <summary>Waits for room where the client's queue is full; otherwise, or when there is none in time, the failure to answer with.</summary>
    private KafkaFailure? MakeRoom(ITransactionalProducer producer, in KafkaFailure failure, long started, int timeoutMs)
    {
        if (failure.Code != KafkaErrorCode.QueueFull) return OfProduce(failure);
        producer.Flush(FlushSliceMs);
        if (TakeFailures(producer) is { } failed) return failed;
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds >= timeoutMs ? failure with { IsRetriable = true } : null;
    }

    private KafkaFailure? Write(ITransactionalProducer producer, ResultBatch batch, in Result result)
    {
        // 0 is no opaque.
        nint opaque = _position + 1;
        RecordError? error = result.Error ?? (IsTooLarge(_position, result) ? ResultTooLarge : null);
        return error is null
            ? _writer.WriteResult(producer, batch, result, opaque)
            : _writer.WriteDeadLetter(producer, result.Record, error, !_oversized.IsDeadLetterTooLarge(_position), opaque);
    }

    private static KafkaFailure OfProduce(in KafkaFailure failure) =>
        // Produce sets no flags. What is not fatal concerns this transaction: it failed already, or the record's topic is not there.
        failure.IsFatal || failure.Code == KafkaErrorCode.Fatal ? failure with { IsFatal = true } : failure with { RequiresAbort = true };

    private KafkaFailure? Flush(ITransactionalProducer producer, int timeoutMs)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            bool settled = producer.Flush(FlushSliceMs);
            if (TakeFailures(producer) is { } failed) return failed;
            if (settled) return null;
            if (Stopwatch.GetElapsedTime(started).TotalMilliseconds >= timeoutMs)
                return new KafkaFailure(KafkaErrorCode.TimedOut, false, false, IsRetriable: true, "the broker has not acknowledged all records yet");
        }
    }

    private KafkaFailure? TakeFailures(ITransactionalProducer producer)
    {
        if (NoteFailures(producer) is not { } first) return null;
        return new KafkaFailure(first.Code, false, RequiresAbort: true, false, $"a record was not delivered: {NativeText.OfError(first.Code)}");
    }

    /// <summary>Takes the reports of failures; the first one that is about the record itself.</summary>
    private DeliveryFailure? NoteFailures(ITransactionalProducer producer)
    {
        _failures.Clear();
        producer.ServeEvents(_failures);
        DeliveryFailure? first = null;
        foreach (DeliveryFailure failure in _failures)
        {
            if (TransactionRules.IsPurge(failure.Code)) continue;
            first ??= failure;
            // Records of progress and states have no position.
            if (TransactionRules.IsTooLarge(failure.Code) && failure.Opaque != 0) NoteTooLarge((int)failure.Opaque - 1);
        }

        return first;
    }

    private void NoteTooLarge(int position)
    {
        int start = 0;
        foreach (ResultRange range in _request!.Results)
        {
            if (position < start + range.Count)
            {
                Result result = range.Batch.Results[range.Start + position - start];
                bool isDeadLetter = IsDeadLetter(position, result);
                int size = !isDeadLetter ? ResultWriter.SizeOf(result) : _oversized.IsDeadLetterTooLarge(position) ? 0 : result.Record.Value.Length;
                _oversized.Note(position, size, isDeadLetter);
                return;
            }

            start += range.Count;
        }
    }

    private bool IsDeadLetter(int position, in Result result) => result.Error is not null || IsTooLarge(position, result);

    private bool IsTooLarge(int position, in Result result) => _oversized.IsTooLarge(position, ResultWriter.SizeOf(result));
}
