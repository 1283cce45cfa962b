using StreamInference.Commit;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Sources;

namespace StreamInference.Pipeline;

/// <summary>Partitions that come and go. Called by the source inside a poll or a close, so on the worker loop; nothing here throws.</summary>
public sealed partial class PipelineWorker : IPartitionListener
{
    /// <inheritdoc/>
    void IPartitionListener.OnAssigned(IReadOnlyList<PartitionAssignment> assignments)
    {
        _metrics.RecordRebalance("assigned");
        foreach (PartitionAssignment assignment in assignments)
        {
            assignment.Ledger = new OffsetLedger();
            if (_options.Streams) assignment.Progress = new ProgressLedger(assignment.Restored ?? RestoredProgress.Empty);
            _assigned.Add(assignment);
        }

        LogAssigned(_options.Pipeline, _options.Slot, assignments.Count, _assigned.Count);
    }

    /// <inheritdoc/>
    void IPartitionListener.OnRevoked(IReadOnlyList<PartitionAssignment> assignments)
    {
        _metrics.RecordRebalance("revoked");
        long started = _time.GetTimestamp();
        Collect();
        do
        {
            if (_status == WorkerStatus.Running) Commit();
        }
        while (_commits.IsRetrying && _time.GetElapsedTime(started) < _options.RevokeTimeout);

        // The next owner reads from the committed offset; whether this commit is in it can no longer be told from here.
        if (_commits.IsRetrying) _status = WorkerStatus.Fenced;
        Forget(assignments, "revoked");
    }

    /// <inheritdoc/>
    void IPartitionListener.OnLost(IReadOnlyList<PartitionAssignment> assignments)
    {
        _metrics.RecordRebalance("lost");
        Forget(assignments, "lost");
    }

    private void Forget(IReadOnlyList<PartitionAssignment> assignments, string why)
    {
        foreach (PartitionAssignment assignment in assignments) _assigned.Remove(assignment);
        LogForgotten(_options.Pipeline, _options.Slot, why, assignments.Count, _assigned.Count);
    }
}
