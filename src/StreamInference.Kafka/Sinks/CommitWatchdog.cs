namespace StreamInference.Kafka.Sinks;

/// <summary>
/// Ends the process when a call into the client does not come back: sending offsets waits without a limit when the group's coordinator is down
/// (librdkafka issue 5456). The log is the only state, so a killed worker loses nothing.
/// </summary>
internal sealed class CommitWatchdog : IDisposable
{
    private readonly ITimer _timer;
    private readonly TimeSpan _limit;

    /// <param name="limit">How long a guarded call may take.</param>
    /// <param name="expired">Called once per guarded call that takes longer, on a thread of the timer.</param>
    /// <param name="time">The clock.</param>
    public CommitWatchdog(TimeSpan limit, Action expired, TimeProvider time)
    {
        _limit = limit;
        _timer = time.CreateTimer(static state => ((Action)state!)(), expired, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A guarded call begins.</summary>
    public void Arm() => _timer.Change(_limit, Timeout.InfiniteTimeSpan);

    /// <summary>The guarded call came back.</summary>
    public void Disarm() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();
}
