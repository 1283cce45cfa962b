using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Commit;

/// <summary>
/// Brings the results of a request into the order of their records, partition by partition. A refused record is answered when it is read, before
/// those in front of it have run; the order of what a bounded job writes must not tell how far the model was then. Owned by the worker loop.
/// </summary>
internal sealed class RecordOrder
{
    private readonly Dictionary<PartitionAssignment, long> _last = [];
    private readonly List<ResultRange> _single = [];

    /// <summary>Reorders <paramref name="ranges"/> where they are out of order.</summary>
    public void Apply(List<ResultRange> ranges)
    {
        if (IsInOrder(ranges)) return;
        _single.Clear();
        foreach (ResultRange range in ranges)
            for (int index = range.Start; index < range.Start + range.Count; index++) _single.Add(new ResultRange(range.Batch, index, 1));
        _single.Sort(Compare);
        ranges.Clear();
        foreach (ResultRange single in _single)
        {
            if (ranges.Count > 0 && ranges[^1] is var last && ReferenceEquals(last.Batch, single.Batch) && last.Start + last.Count == single.Start) ranges[^1] = last with { Count = last.Count + 1 };
            else ranges.Add(single);
        }

        _single.Clear();
    }

    private bool IsInOrder(List<ResultRange> ranges)
    {
        _last.Clear();
        PartitionAssignment? current = null;
        long offset = -1;
        foreach (ResultRange range in ranges)
        {
            foreach (ref readonly Result result in range.Batch.Results.Slice(range.Start, range.Count))
            {
                if (!ReferenceEquals(current, result.Record.Assignment))
                {
                    if (current is not null) _last[current] = offset;
                    current = result.Record.Assignment;
                    offset = _last.GetValueOrDefault(current, -1);
                }

                if (result.Record.Offset < offset) return false;
                offset = result.Record.Offset;
            }
        }

        return true;
    }

    private static int Compare(ResultRange one, ResultRange other)
    {
        StreamRecord left = one.Batch.Results[one.Start].Record, right = other.Batch.Results[other.Start].Record;
        int partitions = left.Assignment.Partition.CompareTo(right.Assignment.Partition);
        return partitions != 0 ? partitions : left.Offset.CompareTo(right.Offset);
    }
}
