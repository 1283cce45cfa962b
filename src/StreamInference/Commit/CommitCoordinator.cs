using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Commit;

/// <summary>
/// Holds finished results until they can be committed, and commits exactly those below the closed prefix of their partition together with
/// that prefix. Owned by the worker loop.
/// </summary>
/// <remarks>
/// A pipeline with many results per record (<c>streams</c>) keeps its progress in the log: there every result goes out with the next commit,
/// together with the progress that it makes, and the prefix catches up later.
/// Nothing is forgotten before a definite commit: after an abort the same work goes out again without inference. Results of a partition that
/// went away are dropped, never sent.
/// </remarks>
internal sealed class CommitCoordinator
{
    private readonly ITransactionalSink _sink;
    private readonly Action<CommitRequest> _committed;
    private readonly Action<ResultBatch> _release;
    private readonly TimeProvider _time;
    private readonly List<ResultBatch> _pending = [];
    private readonly List<PartitionAssignment> _touched = [];
    private readonly List<PartitionAssignment> _advanced = [];
    private readonly List<(ResultBatch Batch, ProgressEntry Entry)> _progress = [];
    private readonly StateWrites _states = new();
    private readonly RecordOrder? _order;
    private readonly bool _streams;
    private readonly CommitRequest _request = new();
    private bool _retrying;
    private long _oldestAt;
    private long _advancedAt;
    private long? _committedAt;
    private TimeSpan _commitTime;
    private bool _aborted;

    /// <param name="sink">Where commits go.</param>
    /// <param name="committed">Called after a definite commit, while its results can still be read.</param>
    /// <param name="release">Gives a batch back whose results are all committed or dropped.</param>
    /// <param name="time">The pipeline's clock.</param>
    /// <param name="streams">Whether records have many results and their progress is kept.</param>
    /// <param name="ordered">Whether results and failures of a partition go out in the order of its records, whatever was finished first.</param>
    public CommitCoordinator(
        ITransactionalSink sink, Action<CommitRequest> committed, Action<ResultBatch> release, TimeProvider time, bool streams = false, bool ordered = false)
    {
        _streams = streams;
        _order = ordered ? new RecordOrder() : null;
        _sink = sink;
        _committed = committed;
        _release = release;
        _time = time;
    }

    /// <summary>Results that wait for a commit.</summary>
    public int PendingResults { get; private set; }

    /// <summary>Bytes of the results that wait.</summary>
    public long PendingBytes { get; private set; }

    /// <summary>Whether the last commit is undecided: the next call of <see cref="Commit"/> repeats it.</summary>
    public bool IsRetrying => _retrying;

    /// <summary>Whether a prefix moved without a result and is not committed yet.</summary>
    public bool HasAdvanced => _advanced.Count > 0;

    /// <summary>Takes finished results; closes the records whose last result is among them.</summary>
    public void Collect(ResultBatch batch)
    {
        // A result that was finished during the last commit has waited for it.
        if (PendingResults == 0) _oldestAt = batch.CompletedAt > 0 ? batch.CompletedAt : _time.GetTimestamp();
        foreach (ref readonly Result result in batch.Results)
            if (result.IsFinal && result.Record.Assignment is { IsActive: true, Ledger: { } ledger }) ledger.Close(result.Record.Offset);
        batch.Uncommitted = batch.Count;
        batch.UncommittedBytes = batch.ByteCount;
        PendingResults += batch.Count;
        PendingBytes += batch.ByteCount;
        _pending.Add(batch);
    }

    /// <summary>What the commit policy looks at now.</summary>
    public CommitState State(bool isIdle) => new(
        PendingResults > 0 || _advanced.Count > 0, PendingResults, PendingBytes, PendingResults > 0 ? _time.GetElapsedTime(_oldestAt) : _advanced.Count > 0 ? _time.GetElapsedTime(_advancedAt) : TimeSpan.Zero, isIdle,
        _committedAt is { } at ? _time.GetElapsedTime(at) : TimeSpan.MaxValue,
        _aborted,
        _commitTime);

    /// <summary>Notes that the prefix of a partition moved without a new result: an earlier owner had finished the record, or the pipeline leaves it out.</summary>
    public void NoteAdvanced(PartitionAssignment assignment)
    {
        // Behind an open record nothing moves; the result that closes that one takes the offset along.
        if (!assignment.Ledger!.HasProgress) return;
        if (_advanced.Count == 0) _advancedAt = _time.GetTimestamp();
        if (!_advanced.Contains(assignment)) _advanced.Add(assignment);
    }

    /// <summary>Commits what can be committed; null when that was nothing.</summary>
    public CommitOutcome? Commit()
    {
        if (!_retrying)
        {
            BuildRequest();
            if (_request.ResultCount == 0 && _request.Offsets.Count == 0)
            {
                // What is pending stands behind an open record: look again an interval later, not at once.
                _oldestAt = _time.GetTimestamp();
                return null;
            }
        }

        long started = _time.GetTimestamp();
        CommitOutcome outcome = _sink.Commit(_request);
        _retrying = outcome == CommitOutcome.Retry;
        _aborted = outcome == CommitOutcome.Aborted;
        _committedAt = _time.GetTimestamp();
        if (outcome != CommitOutcome.Committed) return outcome;
        _commitTime = ((_commitTime * 3) + _time.GetElapsedTime(started, _committedAt.Value)) / 4;
        OnCommitted();
        return outcome;
    }

    /// <summary>Drops everything: the worker starts again from the committed offsets.</summary>
    public void DropAll()
    {
        foreach (ResultBatch batch in _pending) _release(batch);
        _pending.Clear();
        _advanced.Clear();
        _request.Clear();
        _retrying = false;
        PendingResults = 0;
        PendingBytes = 0;
    }

    private void BuildRequest()
    {
        _request.Clear();
        _touched.Clear();
        _progress.Clear();
        _states.Clear();
        for (int at = 0; at < _pending.Count; at++)
        {
            AddRanges(_pending[at]);
            if (!_pending[at].States.IsEmpty) _states.Collect(_pending[at], _request.States);
            if (_pending[at].Uncommitted == 0) ReleaseAt(at--);
        }

        _order?.Apply(_request.Results);
        _advanced.RemoveAll(static assignment => !assignment.IsActive);
        foreach (PartitionAssignment assignment in _advanced)
            if (!_touched.Contains(assignment)) _touched.Add(assignment);
        foreach (PartitionAssignment assignment in _touched)
        {
            long prefix = assignment.Ledger!.ClosedPrefix;
            _request.Offsets.Add(new PartitionOffset(assignment, prefix));
            assignment.Progress?.Collect(assignment, prefix, _progress, _request.Progress);
        }
    }

    /// <summary>Adds the runs of results below the closed prefix; settles those of partitions that went away.</summary>
    private void AddRanges(ResultBatch batch)
    {
        foreach (ProgressEntry entry in batch.Progress)
            if (entry.Record.Assignment.IsActive) _progress.Add((batch, entry));
        ReadOnlySpan<Result> results = batch.Results;
        int start = -1;
        for (int i = 0; i <= results.Length; i++)
        {
            bool goes = i < results.Length && !batch.IsSettled(i) && Goes(batch, i, results[i]);
            if (goes && start < 0) start = i;
            if (!goes && start >= 0)
            {
                _request.Results.Add(new ResultRange(batch, start, i - start));
                _request.ResultCount += i - start;
                start = -1;
            }
        }
    }

    private bool Goes(ResultBatch batch, int index, in Result result)
    {
        PartitionAssignment assignment = result.Record.Assignment;
        if (!assignment.IsActive)
        {
            Settle(batch, index, result);
            return false;
        }

        if (!_streams && result.Record.Offset >= assignment.Ledger!.ClosedPrefix) return false;
        if ((_touched.Count == 0 || !ReferenceEquals(_touched[^1], assignment)) && !_touched.Contains(assignment)) _touched.Add(assignment);
        return true;
    }

    private void OnCommitted()
    {
        _committed(_request);
        foreach (PartitionOffset offset in _request.Offsets) offset.Assignment.Ledger!.MarkCommitted(offset.NextOffset);
        foreach (ProgressWrite write in _request.Progress) write.Assignment.Progress!.MarkCommitted(write);
        _advanced.Clear();
        foreach (ResultRange range in _request.Results)
            for (int i = range.Start; i < range.Start + range.Count; i++) Settle(range.Batch, i, range.Batch.Results[i]);
        for (int at = _pending.Count - 1; at >= 0; at--)
            if (_pending[at].Uncommitted == 0) ReleaseAt(at);
        _oldestAt = _time.GetTimestamp();
    }

    private void Settle(ResultBatch batch, int index, in Result result)
    {
        batch.Settle(index);
        PendingResults--;
        PendingBytes -= result.Length;
        batch.UncommittedBytes -= result.Length;
    }

    private void ReleaseAt(int at)
    {
        ResultBatch batch = _pending[at];
        _pending.RemoveAt(at);
        // Progress and states, which no result counts.
        PendingBytes -= batch.UncommittedBytes;
        _release(batch);
    }
}
