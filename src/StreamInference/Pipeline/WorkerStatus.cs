namespace StreamInference.Pipeline;

/// <summary>What a pass of a worker ended with, by what its host must do.</summary>
public enum WorkerStatus
{
    /// <summary>Go on with the next pass.</summary>
    Running,

    /// <summary>A bounded source is at its end and everything is committed: the worker is done.</summary>
    Completed,

    /// <summary>Another worker took over, or a commit's outcome is unknown: start again with a new source and sink, from the committed offsets.</summary>
    Fenced,

    /// <summary>Nothing helps: stop.</summary>
    Failed,
}
