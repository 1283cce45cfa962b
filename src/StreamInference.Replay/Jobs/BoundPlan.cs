using StreamInference.Replay.Reports;
using StreamInference.Sources;

namespace StreamInference.Replay.Jobs;

/// <summary>Fixes the bound of each partition. Pure.</summary>
public static class BoundPlan
{
    /// <summary>Fixes the bounds.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="to">Where to end.</param>
    /// <param name="topic">The offsets that each partition has.</param>
    /// <param name="fromTimes">For a begin by time, the first offset of that time or later; -1 when there is none.</param>
    /// <param name="toTimes">For an end by time, likewise.</param>
    /// <param name="errors">Gets what is wrong, a sentence each.</param>
    public static IReadOnlyList<PartitionBound> Fix(
        ReplayPoint from, ReplayPoint to, IReadOnlyDictionary<int, OffsetRange> topic, IReadOnlyDictionary<int, long> fromTimes, IReadOnlyDictionary<int, long> toTimes,
        ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(errors);
        foreach (int missing in Named(from).Concat(Named(to)).Where(partition => !topic.ContainsKey(partition)).Distinct().Order())
            errors.Add($"the topic has no partition {missing}; it has {topic.Count}");
        List<PartitionBound> bounds = [];
        foreach ((int partition, OffsetRange range) in topic.OrderBy(entry => entry.Key))
        {
            if (IsLeftOut(from, partition) || IsLeftOut(to, partition)) continue;
            long begin = OffsetOf(from, partition, range, fromTimes), end = OffsetOf(to, partition, range, toTimes);
            if (end > range.To) errors.Add($"partition {partition} ends at {range.To}, before {end}");
            else if (begin > end && IsOffset(from) && IsOffset(to)) errors.Add($"partition {partition}: the begin {begin} lies behind the end {end}");
            bounds.Add(new PartitionBound(partition, Math.Min(begin, end), end));
        }

        return bounds;
    }

    /// <summary>The offsets that are still to be replayed and that the topic no longer has.</summary>
    /// <param name="bounds">The job's bounds.</param>
    /// <param name="committed">The offsets that the job's group has committed.</param>
    /// <param name="topic">The offsets that each partition has.</param>
    public static IReadOnlyList<GoneRange> FindGone(
        IReadOnlyList<PartitionBound> bounds, IReadOnlyDictionary<int, long> committed, IReadOnlyDictionary<int, OffsetRange> topic)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        ArgumentNullException.ThrowIfNull(committed);
        ArgumentNullException.ThrowIfNull(topic);
        List<GoneRange> gone = [];
        foreach (PartitionBound bound in bounds)
        {
            long next = committed.GetValueOrDefault(bound.Partition, bound.From);
            long oldest = topic.TryGetValue(bound.Partition, out OffsetRange range) ? range.From : bound.To;
            if (next < bound.To && oldest > next) gone.Add(new GoneRange(bound.Partition, next, Math.Min(oldest, bound.To)));
        }

        return gone;
    }

    private static IEnumerable<int> Named(ReplayPoint point) => point is ReplayPoint.Offsets offsets ? offsets.ByPartition.Keys : [];

    private static bool IsLeftOut(ReplayPoint point, int partition) => point is ReplayPoint.Offsets offsets && !offsets.ByPartition.ContainsKey(partition);

    private static bool IsOffset(ReplayPoint point) => point is ReplayPoint.Offsets or ReplayPoint.Everywhere;

    private static long OffsetOf(ReplayPoint point, int partition, OffsetRange range, IReadOnlyDictionary<int, long> times) => point switch
    {
        ReplayPoint.Earliest => range.From,
        ReplayPoint.Everywhere everywhere => everywhere.Offset,
        ReplayPoint.Offsets offsets => offsets.ByPartition[partition],
        // No record of that time or later: everything is earlier. What lies behind an open transaction may be later still.
        ReplayPoint.At => times.GetValueOrDefault(partition, -1) is >= 0 and var offset ? Math.Min(offset, range.To) : range.To,
        _ => range.To,
    };
}
