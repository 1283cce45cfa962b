using System.Runtime.InteropServices;
using StreamInference.Batching;
using StreamInference.Configuration;
using StreamInference.Records;

namespace StreamInference.Pipeline;

/// <summary>What becomes of a record that was read: a batch, a failure, or nothing because it is done, left out or superseded. Worker loop only.</summary>
public sealed partial class PipelineWorker
{
    private readonly FailedRecords _failed;
    private readonly FieldCondition[] _where;
    private int _dropped;

    private void Admit(RecordLease lease)
    {
        long now = _time.GetTimestamp();
        foreach (ref readonly StreamRecord record in CollectionsMarshal.AsSpan(_polled))
        {
            if (!record.Assignment.IsActive) continue;
            record.Assignment.Ledger!.Add(record.Offset);
            if (IsDone(record) || IsPassedOver(record) || _failed.TakesRefused(record, now)) continue;
            _batcher.Add(record);
        }

        _metrics.RecordConsumed(_polled.Count);
        _polled.Clear();
        lease.Release();
        if (_dropped > 0) _metrics.RecordDropped(_dropped);
        _dropped = 0;
        if (_failed.Flush() is { } failures) _commits.Collect(failures);
    }

    private IBatcher CreateBatcher(IBatchPolicy policy)
    {
        if (_options.OffsetSpan is { } span) return new OffsetBatcher(Math.Min(span, _runner.MaxBatchSize), _time);
        return _options.LatestOnly == LatestOnly.Off ? new Batcher(policy, _runner.MaxBatchSize, _time) : new LatestOnlyBatcher(policy, _runner.MaxBatchSize, _time, Drop);
    }

    /// <summary>Closes a record that gave way to a newer one, so that offsets stay exact.</summary>
    private void Drop(in StreamRecord superseded)
    {
        _dropped++;
        if (_options.LatestOnly == LatestOnly.DeadLetter) _failed.AddSuperseded(superseded, _time.GetTimestamp());
        else CloseWithoutResult(superseded);
        superseded.Lease.Release();
    }

    private void CloseWithoutResult(in StreamRecord record)
    {
        PartitionAssignment assignment = record.Assignment;
        if (!assignment.IsActive) return;
        assignment.Ledger!.Close(record.Offset);
        _commits.NoteAdvanced(assignment);
    }

    /// <summary>Whether an earlier owner of the partition has committed the final result of the record: then it only closes.</summary>
    private bool IsDone(in StreamRecord record)
    {
        if (record.Assignment.Restored?.Find(record.Offset) is not { IsDone: true }) return false;
        CloseWithoutResult(record);
        return true;
    }

    /// <summary>Whether the pipeline leaves the record out. One that is no JSON is for the model to refuse, and one that an earlier owner began is brought to its end.</summary>
    private bool IsPassedOver(in StreamRecord record)
    {
        foreach (FieldCondition condition in _where)
        {
            ConditionOutcome outcome = condition.Evaluate(record.Value);
            if (outcome == ConditionOutcome.NotJson) return false;
            if (outcome == ConditionOutcome.Holds) continue;
            if (record.Assignment.Restored?.Find(record.Offset) is not null) return false;
            CloseWithoutResult(record);
            _metrics.RecordPassedOver();
            return true;
        }

        return false;
    }
}
