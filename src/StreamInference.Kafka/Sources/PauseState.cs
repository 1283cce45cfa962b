namespace StreamInference.Kafka.Sources;

/// <summary>What the source does about a pause at this moment.</summary>
internal enum PauseAction
{
    /// <summary>Take records.</summary>
    Read,

    /// <summary>Leave the records in the client's queue and touch nothing: short backpressure keeps what was prefetched.</summary>
    Hold,

    /// <summary>Fetching is stopped in the client; serve the membership.</summary>
    Paused,
}

/// <summary>Decides when a pause becomes one of the client. Pure; worker loop only.</summary>
internal sealed class PauseState(TimeProvider time, TimeSpan softPause)
{
    private long _since;

    /// <summary>Whether the worker asked for a pause.</summary>
    public bool IsRequested { get; private set; }

    /// <summary>Asks for a pause; idempotent.</summary>
    public void Request()
    {
        if (IsRequested) return;
        IsRequested = true;
        _since = time.GetTimestamp();
    }

    /// <summary>Ends the pause; idempotent.</summary>
    public void Clear() => IsRequested = false;

    /// <summary>What to do now.</summary>
    public PauseAction Decide() =>
        !IsRequested ? PauseAction.Read : time.GetElapsedTime(_since) < softPause ? PauseAction.Hold : PauseAction.Paused;

    /// <summary>How long a hold may still wait, at most <paramref name="wait"/>.</summary>
    public TimeSpan HoldFor(TimeSpan wait)
    {
        TimeSpan left = softPause - time.GetElapsedTime(_since);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < wait ? left : wait;
    }
}
