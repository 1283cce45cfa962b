using StreamInference.Commit;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Sources;

namespace StreamInference.Pipeline;

/// <summary>Partitions that come and go. Called by the source inside a poll or a close, so on the worker loop; nothing here throws.</summary>
public sealed partial class PipelineWorker : IPartitionListener
{
    // Partitions that ended in this poll. Owned by the worker loop.
    private readonly List<(PartitionAssignment Assignment, long NextOffset)> _ended = [];

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
        while (_status == WorkerStatus.Running)
        {
            Commit();
            if (!_commits.IsRetrying || _time.GetElapsedTime(started) >= _options.RevokeTimeout) break;
        }

        // The next owner reads from the committed offset; whether this commit is in it can no longer be told from here.
        if (_status == WorkerStatus.Running && _commits.IsRetrying) _status = WorkerStatus.Fenced;
        Forget(assignments, "revoked");
    }

    /// <inheritdoc/>
    void IPartitionListener.OnLost(IReadOnlyList<PartitionAssignment> assignments)
    {
        _metrics.RecordRebalance("lost");
        Forget(assignments, "lost");
    }

    /// <inheritdoc/>
    void IPartitionListener.OnEnded(PartitionAssignment assignment, long nextOffset) => _ended.Add((assignment, nextOffset));

    /// <summary>The records of the same poll come first: the ledger takes no record below an end.</summary>
    private void CloseEnded()
    {
        foreach ((PartitionAssignment assignment, long nextOffset) in _ended)
        {
            if (!assignment.IsActive) continue;
            assignment.Ledger!.SkipTo(nextOffset);
            _batcher.End(assignment);
            _commits.NoteAdvanced(assignment);
        }

        _ended.Clear();
    }

    private void Forget(IReadOnlyList<PartitionAssignment> assignments, string why)
    {
        foreach (PartitionAssignment assignment in assignments)
        {
            _assigned.Remove(assignment);
            _batcher.Forget(assignment);
        }

        LogForgotten(_options.Pipeline, _options.Slot, why, assignments.Count, _assigned.Count);
    }
}
