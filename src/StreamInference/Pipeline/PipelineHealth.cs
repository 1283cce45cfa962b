namespace StreamInference.Pipeline;

/// <summary>What a worker is doing, for readiness probes and views.</summary>
public enum WorkerState
{
    /// <summary>Not started yet.</summary>
    Created,

    /// <summary>Loading its model.</summary>
    Loading,

    /// <summary>Reading, scoring, committing.</summary>
    Running,

    /// <summary>Between two lives: fenced, or its source failed; it starts again.</summary>
    Restarting,

    /// <summary>Ended in order.</summary>
    Stopped,

    /// <summary>Ended by a failure.</summary>
    Failed,
}

/// <summary>The states of a pipeline's workers. Written by the worker threads, read by anyone.</summary>
public sealed class PipelineHealth
{
    private readonly WorkerState[] _workers;
    private volatile string? _lastFailure;

    internal PipelineHealth(int workers) => _workers = new WorkerState[workers];

    /// <summary>The state of each worker, by slot.</summary>
    public IReadOnlyList<WorkerState> Workers => [.. _workers];

    /// <summary>Whether the pipeline takes traffic: a worker runs, and none but those that ended in order does not.</summary>
    public bool IsReady => Array.TrueForAll(_workers, state => state is WorkerState.Running or WorkerState.Stopped)
        && Array.Exists(_workers, state => state == WorkerState.Running);

    /// <summary>Whether no worker has failed for good.</summary>
    public bool IsAlive => !Array.Exists(_workers, state => state == WorkerState.Failed);

    /// <summary>The message of the last failure; null when there was none.</summary>
    public string? LastFailure => _lastFailure;

    internal void Set(int slot, WorkerState state, string? failure = null)
    {
        if (failure is not null) _lastFailure = failure;
        _workers[slot] = state;
        Thread.MemoryBarrier();
    }
}

/// <summary>A pipeline that cannot go on. Its host may start it again: the log is the only state.</summary>
public sealed class PipelineFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PipelineFailedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
