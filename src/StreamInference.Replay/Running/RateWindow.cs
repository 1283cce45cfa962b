namespace StreamInference.Replay.Running;

/// <summary>The rate of a count over the last seconds. Owned by one thread.</summary>
internal sealed class RateWindow(TimeSpan length)
{
    private readonly Queue<(TimeSpan At, long Count)> _points = new();

    /// <summary>Per second over the window; 0 before there are two points.</summary>
    public double PerSecond { get; private set; }

    /// <summary>Notes the count at a time; times only grow.</summary>
    public void Add(TimeSpan at, long count)
    {
        _points.Enqueue((at, count));
        while (_points.Count > 2 && at - _points.Peek().At > length) _points.Dequeue();
        (TimeSpan first, long before) = _points.Peek();
        PerSecond = at > first ? (count - before) / (at - first).TotalSeconds : 0;
    }
}
