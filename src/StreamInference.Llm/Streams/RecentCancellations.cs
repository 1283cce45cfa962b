using StreamInference.Runners;

namespace StreamInference.Llm.Streams;

/// <summary>Remembers cancellations for requests that are not admitted yet, or come back after a crash: the latest, a bounded number. Owned by one loop.</summary>
/// <param name="capacity">How many are kept; the oldest go first.</param>
internal sealed class RecentCancellations(int capacity)
{
    /// <summary>How far the clocks of who asks and who cancels may be apart. An id that is used again so soon after its cancellation is cancelled too.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, long> _timestamps = [];
    private readonly Queue<(string Id, long Timestamp)> _order = new();

    public void Add(RequestCancellation cancellation)
    {
        _timestamps[cancellation.RequestId] = cancellation.Timestamp;
        _order.Enqueue((cancellation.RequestId, cancellation.Timestamp));
        while (_order.Count > capacity)
        {
            (string id, long timestamp) = _order.Dequeue();
            // One that was repeated since stands further back once more.
            if (_timestamps.TryGetValue(id, out long latest) && latest == timestamp) _timestamps.Remove(id);
        }
    }

    /// <summary>Whether a request with this id, sent at <paramref name="timestamp"/> (-1: unknown), was cancelled.</summary>
    public bool Covers(string id, long timestamp) =>
        _timestamps.TryGetValue(id, out long cancelled) && (timestamp < 0 || cancelled < 0 || timestamp <= cancelled + (long)ClockTolerance.TotalMilliseconds);
}
