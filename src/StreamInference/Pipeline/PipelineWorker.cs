using Microsoft.Extensions.Logging;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Sources;

namespace StreamInference.Pipeline;

/// <summary>
/// The loop that owns everything about Kafka: it reads, batches, hands batches to the runner, collects results and commits them. One thread
/// calls it; <see cref="RunOnce"/> is one pass, so tests drive it without threads.
/// </summary>
public sealed partial class PipelineWorker : IDisposable
{
    private readonly PipelineWorkerOptions _options;
    private readonly IRecordSource _source;
    private readonly IModelRunner _runner;
    private readonly IBatcher _batcher;
    private readonly CommitCoordinator _commits;
    private readonly ITransactionalSink _sink;
    private readonly TimeProvider _time;
    private readonly PipelineMetrics _metrics;
    private readonly ILogger _logger;

    // Owned by the worker loop.
    private readonly List<StreamRecord> _polled = [];
    private readonly List<PartitionAssignment> _assigned = [];
    private int _batchesInFlight;
    private long _stalledSince;
    private bool _isStalled;
    private bool _isPaused;
    private bool _isRunnerFull;
    private WorkerStatus _status = WorkerStatus.Running;

    // Set by the runner's thread, reset by the worker loop when it cannot read and so cannot wait in the source.
    private readonly AutoResetEvent _resultsThere = new(false);

    // The runner outlives the worker, and may be about to call it while it ends.
    private readonly Lock _endGate = new();
    private bool _disposed;

    /// <summary>Puts a worker together. The source and the sink belong to the caller; the runner may outlive the worker.</summary>
    public PipelineWorker(
        PipelineWorkerOptions options,
        IRecordSource source,
        IModelRunner runner,
        ITransactionalSink sink,
        IBatchPolicy batchPolicy,
        TimeProvider time,
        PipelineMetrics metrics,
        ILogger logger)
    {
        _options = options;
        _source = source;
        _runner = runner;
        _sink = sink;
        _time = time;
        _metrics = metrics;
        _logger = logger;
        _batcher = CreateBatcher(batchPolicy);
        _commits = new CommitCoordinator(sink, OnCommitted, Release, time, options.Streams, ordered: options.OffsetSpan is not null);
        _failed = new FailedRecords(options.MaxRecordBytes);
        _where = [.. options.Where];
        _runner.ResultsAvailable = OnResultsAvailable;
    }

    /// <summary>Partitions this worker owns now.</summary>
    public IReadOnlyList<PartitionAssignment> Assignments => _assigned;

    /// <summary>Records read whose results are not committed yet.</summary>
    public int UncommittedRecords
    {
        get
        {
            int open = _commits.PendingResults;
            foreach (PartitionAssignment assignment in _assigned) open += assignment.Ledger!.Open;
            return open;
        }
    }

    /// <summary>Whether fetching is paused because the model or the broker does not keep up.</summary>
    public bool IsPaused => _isPaused;

    /// <summary>Joins the group. Partitions come in later passes.</summary>
    public void Start() => _source.Start(this);

    /// <summary>
    /// One pass: (1) an undecided commit is brought to an end before anything else, (2) poll, (3) dispatch, (4) collect, (5) commit.
    /// </summary>
    /// <remarks>Waits only in (2), or for results where it may not read; never longer than <see cref="PipelineWorkerOptions.MaxPollWait"/>.</remarks>
    public WorkerStatus RunOnce()
    {
        try
        {
            if (_commits.IsRetrying) Commit();
            Poll();
            Dispatch();
            Collect();
            CommitIfDue();
        }
        catch (SourceFailedException failure)
        {
            _status = failure.IsRecoverable ? WorkerStatus.Fenced : WorkerStatus.Failed;
            LogSourceFailed(_options.Pipeline, _options.Slot, failure.IsRecoverable, failure);
        }

        if (_status == WorkerStatus.Running && _source.IsExhausted && IsIdle && UncommittedRecords == 0 && !_commits.IsRetrying && !_commits.HasAdvanced)
            return WorkerStatus.Completed;
        return _status;
    }

    /// <summary>Ends in order: reads no more, waits for what is in flight, commits it and leaves the group.</summary>
    public void Stop()
    {
        long started = _time.GetTimestamp();
        _batcher.DropOpen();
        while (_status == WorkerStatus.Running && _time.GetElapsedTime(started) < _options.DrainTimeout)
        {
            Collect();
            CommitOutcome? outcome = Commit();
            if (_batchesInFlight == 0 && outcome is null or CommitOutcome.Committed && _commits.PendingResults == 0) break;
            // Results wake it; an abort or a retry gets its next try after the wait.
            if (outcome != CommitOutcome.Committed) _resultsThere.WaitOne(TimeSpan.FromMilliseconds(10));
        }

        _source.Close();
    }

    /// <summary>
    /// Gives back everything the runner still holds of the source's memory, so that the source can be disposed. False when the runner does not
    /// answer in time.
    /// </summary>
    public bool Drain()
    {
        long started = _time.GetTimestamp();
        _batcher.DropOpen();
        while (_batchesInFlight > 0 && _time.GetElapsedTime(started) < _options.DrainTimeout && !_runner.Results.Completion.IsCompleted)
        {
            _resultsThere.WaitOne(_options.MaxPollWait);
            Collect();
        }

        _commits.DropAll();
        return _batchesInFlight == 0;
    }

    /// <summary>Lets go of the runner. The source, the sink and the runner are the caller's to dispose.</summary>
    public void Dispose()
    {
        _runner.ResultsAvailable = null;
        lock (_endGate)
        {
            _disposed = true;
            _resultsThere.Dispose();
        }
    }

    private void Poll()
    {
        if (!MayRead())
        {
            Stall();
            return;
        }

        EndStall();
        RecordLease? lease = _source.Poll(NextWait(), _batcher.Room, _polled);
        if (lease is not null) Admit(lease);
        CloseEnded();
    }

    // Records whose batch waits for others do not count: only reading on lets them go.
    private bool MayRead() => !_commits.IsRetrying && _batcher.Room > 0 && UncommittedRecords - _batcher.Held < _options.MaxInFlightRecords;

    /// <summary>Waits for results. Long stalls pause the partitions and go on polling, because a member that does not poll is expelled.</summary>
    private void Stall()
    {
        if (!_isStalled)
        {
            _isStalled = true;
            _stalledSince = _time.GetTimestamp();
        }

        TimeSpan wait = NextWait();
        if (!_isPaused && _time.GetElapsedTime(_stalledSince) >= _options.PauseAfter)
        {
            _source.Pause();
            _isPaused = true;
            LogPaused(_options.Pipeline, _options.Slot);
        }

        if (!_isPaused)
        {
            if (wait > TimeSpan.Zero) _resultsThere.WaitOne(wait < _options.PauseAfter ? wait : _options.PauseAfter);
            return;
        }

        // Paused partitions deliver nothing; the poll serves the group.
        RecordLease? lease = _source.Poll(wait, 1, _polled);
        if (lease is null) return;
        throw new InvalidOperationException("A paused source delivered records.");
    }

    private void EndStall()
    {
        _isStalled = false;
        if (!_isPaused) return;
        _source.Resume();
        _isPaused = false;
        LogResumed(_options.Pipeline, _options.Slot);
    }

    /// <summary>How long this pass may wait: until a batch or a commit is due.</summary>
    private TimeSpan NextWait()
    {
        if (_commits.IsRetrying) return TimeSpan.FromMilliseconds(1);
        TimeSpan wait = _options.MaxPollWait;
        if (_batcher.DueIn(_batchesInFlight) is { } batch && batch < wait && !_isRunnerFull) wait = batch;
        if (_options.Commit.DueIn(_commits.State(IsIdle)) is { } commit && commit < wait) wait = commit;
        return wait;
    }

    private bool IsIdle => _batchesInFlight == 0 && _batcher.Count == 0;

    private void Dispatch()
    {
        while (_batcher.DueIn(_batchesInFlight) == TimeSpan.Zero)
        {
            MicroBatch batch = _batcher.Due;
            batch.SubmittedAt = _time.GetTimestamp();
            _isRunnerFull = !_runner.TrySubmit(batch);
            if (_isRunnerFull) return;
            _batchesInFlight++;
            _batcher.Next();
        }
    }

    private void Collect()
    {
        while (_runner.Results.TryRead(out ResultBatch? results))
        {
            if (results.Source is { } source)
            {
                _batchesInFlight--;
                _isRunnerFull = false;
                ObserveBatch(source, results);
            }

            _commits.Collect(results);
        }

        if (_runner.Results.Completion is { IsFaulted: true, Exception: { } failure }) Fail(failure.InnerException ?? failure);
    }

    private void ObserveBatch(MicroBatch source, ResultBatch results)
    {
        // A stream's batch comes back as soon as its requests are admitted, without a result: nothing was inferred yet.
        if (results.Count == 0) return;
        _batcher.OnBatchCompleted(source.Count, _time.GetElapsedTime(source.SubmittedAt, results.CompletedAt));
        _metrics.RecordBatch(
            source.Count,
            _time.GetElapsedTime(source.OpenedAt, results.InferenceStartedAt),
            _time.GetElapsedTime(results.InferenceStartedAt, results.CompletedAt));
    }

    private void Fail(Exception failure)
    {
        if (_status != WorkerStatus.Running) return;
        _status = WorkerStatus.Failed;
        LogRunnerFailed(_options.Pipeline, _options.Slot, failure);
    }

    private void CommitIfDue()
    {
        if (_status != WorkerStatus.Running || _commits.IsRetrying) return;
        if (_options.Commit.DueIn(_commits.State(IsIdle)) == TimeSpan.Zero) Commit();
    }

    private CommitOutcome? Commit()
    {
        long started = _time.GetTimestamp();
        CommitOutcome? outcome = _commits.Commit();
        if (outcome is null) return null;
        _metrics.RecordCommit(OutcomeName(outcome.Value), _time.GetElapsedTime(started));
        switch (outcome.Value)
        {
            case CommitOutcome.Aborted:
                LogAborted(_options.Pipeline, _options.Slot, _sink.LastError);
                break;
            case CommitOutcome.Fenced:
                _status = WorkerStatus.Fenced;
                LogFenced(_options.Pipeline, _options.Slot, _sink.LastError);
                break;
            case CommitOutcome.Fatal:
                _status = WorkerStatus.Failed;
                LogFatal(_options.Pipeline, _options.Slot, _sink.LastError);
                break;
        }

        return outcome;
    }

    /// <summary>Counts what became visible, while the results can still be read.</summary>
    private void OnCommitted(CommitRequest request)
    {
        bool observes = _metrics.ObservesEndToEnd || _metrics.EndToEndObserver is not null;
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        int failed = 0;
        foreach (ResultRange range in request.Results)
        {
            foreach (ref readonly Result result in range.Batch.Results.Slice(range.Start, range.Count))
            {
                if (result.Error is not null) failed++;
                if (observes && result.Record.Timestamp >= 0) _metrics.RecordEndToEnd((now - result.Record.Timestamp) / 1000.0);
            }
        }

        _metrics.RecordResults(request.ResultCount - failed, failed);
        _metrics.RecordLag(_source.Lag);
    }

    private static string OutcomeName(CommitOutcome outcome) => outcome switch
    {
        CommitOutcome.Committed => "committed",
        CommitOutcome.Retry => "retry",
        CommitOutcome.Aborted => "aborted",
        CommitOutcome.Fenced => "fenced",
        _ => "fatal",
    };

    private void Release(ResultBatch results)
    {
        if (results.Source is { } source) _batcher.Recycle(source);
        _runner.Recycle(results);
    }

    private void OnResultsAvailable()
    {
        lock (_endGate)
        {
            if (_disposed) return;
            _resultsThere.Set();
        }

        _source.Wake();
    }
}
