using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Pipeline;

/// <summary>Answers records that are too large for the model with a failure, so that they take no place in a batch. Owned by the worker loop.</summary>
internal sealed class OversizedRecords(int maxBytes)
{
    private ResultBatch? _failures;

    /// <summary>Takes the record if it is too large.</summary>
    public bool Takes(in StreamRecord record, long now)
    {
        int length = record.Value.Length;
        if (length <= maxBytes) return false;
        // Rare, so nothing is pooled; the source batch holds the lease until the dead letter is committed.
        _failures ??= new ResultBatch { Source = new MicroBatch() };
        _failures.Source!.Add(record, now);
        _failures.AddFailure(record, new RecordError(RecordErrorCodes.RecordTooLarge, $"The value has {length} bytes, the limit is {maxBytes}."));
        return true;
    }

    /// <summary>The failures since the last call; null when there were none.</summary>
    public ResultBatch? Flush()
    {
        ResultBatch? failures = _failures;
        _failures = null;
        return failures;
    }
}
