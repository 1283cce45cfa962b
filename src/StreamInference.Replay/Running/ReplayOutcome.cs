namespace StreamInference.Replay.Running;

/// <summary>What became of a runner.</summary>
public enum ReplayOutcome
{
    /// <summary>The job is finished: every record of its bound has its result.</summary>
    Finished,

    /// <summary>The job was cancelled.</summary>
    Cancelled,

    /// <summary>The runner was stopped; the next one goes on.</summary>
    Interrupted,
}

/// <summary>Whether a runner may begin.</summary>
public enum ReplayVerdict
{
    /// <summary>It may.</summary>
    Ready,

    /// <summary>The job is finished already.</summary>
    AlreadyFinished,

    /// <summary>The job was cancelled.</summary>
    AlreadyCancelled,

    /// <summary>Another runner of the job lives, and this one was not asked to share its work.</summary>
    AlreadyRunning,

    /// <summary>Offsets of the bound are no longer in the topic, and the request does not allow to pass them over.</summary>
    OffsetsGone,

    /// <summary>The job had committed, and its group has no offsets any more: what is done can no longer be told.</summary>
    ProgressLost,
}
