namespace StreamInference.Broker.Loop;

/// <summary>Something to be done on the loop at a time, unless it is cancelled first.</summary>
internal sealed class LoopTimer(Action action)
{
    private Action? _action = action;

    public void Cancel() => _action = null;

    public void Fire()
    {
        var action = _action;
        _action = null;
        action?.Invoke();
    }

    public bool IsPending => _action is not null;
}

/// <summary>
/// The deadlines of the loop, over one timer of the <see cref="TimeProvider"/> that wakes the loop at the earliest. All
/// members are called on the loop; only the wake-up comes from elsewhere.
/// </summary>
internal sealed class LoopTimers : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly ITimer _wake;
    private readonly PriorityQueue<LoopTimer, long> _queue = new();
    private long _armedFor = long.MaxValue;

    public LoopTimers(TimeProvider clock, Action wake)
    {
        _clock = clock;
        _wake = clock.CreateTimer(_ => wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public LoopTimer Schedule(TimeSpan delay, Action action)
    {
        var timer = new LoopTimer(action);
        _queue.Enqueue(timer, _clock.GetTimestamp() + (long)(delay.TotalSeconds * _clock.TimestampFrequency));
        Arm();
        return timer;
    }

    /// <summary>Fires what is due, in the order of the deadlines.</summary>
    public void FireDue()
    {
        _armedFor = long.MaxValue;
        while (_queue.TryPeek(out var timer, out var due))
        {
            if (timer.IsPending && due > _clock.GetTimestamp()) break;
            _queue.Dequeue();
            timer.Fire();
        }
        Arm();
    }

    public void Dispose() => _wake.Dispose();

    private void Arm()
    {
        if (!_queue.TryPeek(out _, out var due) || due >= _armedFor) return;
        _armedFor = due;
        var left = Math.Max(0, due - _clock.GetTimestamp());
        // A millisecond is added because timers round down: waking early would only arm it again.
        _wake.Change(TimeSpan.FromSeconds((double)left / _clock.TimestampFrequency) + TimeSpan.FromMilliseconds(left == 0 ? 0 : 1), Timeout.InfiniteTimeSpan);
    }
}
