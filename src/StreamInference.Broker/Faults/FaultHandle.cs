namespace StreamInference.Broker;

/// <summary>
/// An injected fault; it ends when this is disposed. <see cref="Fired"/> is for the test to assert that it took place.
/// </summary>
public sealed class FaultHandle : IDisposable
{
    private readonly Func<FaultContext, FaultAction> _decide;
    private int _seen;
    private int _fired;
    private volatile bool _ended;

    internal FaultHandle(ApiKey key, Func<FaultContext, FaultAction> decide)
    {
        Key = key;
        _decide = decide;
    }

    /// <summary>The API that the fault is for.</summary>
    public ApiKey Key { get; }

    /// <summary>How many requests met another action than <see cref="FaultAction.Pass"/>.</summary>
    public int Fired => Volatile.Read(ref _fired);

    /// <summary>How many requests the handler was asked about.</summary>
    public int Seen => Volatile.Read(ref _seen);

    internal bool IsEnded => _ended;

    /// <summary>Ends the fault; requests that it delayed or dropped stay so.</summary>
    public void Dispose() => _ended = true;

    internal FaultAction Decide(FaultContext request)
    {
        var action = _decide(request with { Attempt = Interlocked.Increment(ref _seen) });
        if (action != FaultAction.Pass) Interlocked.Increment(ref _fired);
        return action;
    }
}
