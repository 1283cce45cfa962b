using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Pipeline;

/// <summary>Answers records with a failure before they reach the model, so that they take no place in a batch. Owned by the worker loop.</summary>
internal sealed class FailedRecords(int maxBytes)
{
    private static readonly RecordError Superseded = new(RecordErrorCodes.Superseded, "A newer record of its key came before the model had time for it.");

    private ResultBatch? _failures;

    /// <summary>Takes the record if it is too large, or its source found it broken.</summary>
    public bool TakesRefused(in StreamRecord record, long now)
    {
        int length = record.Value.Length;
        RecordError? error = record.Error;
        if (error is null && length <= maxBytes) return false;
        Add(record, error ?? new RecordError(RecordErrorCodes.RecordTooLarge, $"The value has {length} bytes, the limit is {maxBytes}."), now);
        return true;
    }

    /// <summary>Takes a record that a newer one took the place of.</summary>
    public void AddSuperseded(in StreamRecord record, long now) => Add(record, Superseded, now);

    /// <summary>The failures since the last call; null when there were none.</summary>
    public ResultBatch? Flush()
    {
        ResultBatch? failures = _failures;
        _failures = null;
        return failures;
    }

    private void Add(in StreamRecord record, RecordError error, long now)
    {
        // Nothing is pooled: failures are rare or asked for. The source batch holds the lease until the dead letter is committed.
        _failures ??= new ResultBatch { Source = new MicroBatch() };
        _failures.Source!.Add(record, now);
        _failures.AddFailure(record, error);
    }
}
