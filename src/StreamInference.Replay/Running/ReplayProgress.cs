using StreamInference.Replay.Jobs;

namespace StreamInference.Replay.Running;

/// <summary>How far a job is, by the offsets of its group: all of its runners together.</summary>
/// <param name="Job">The job.</param>
/// <param name="Committed">The committed offsets by partition.</param>
public sealed record ReplayProgress(ReplayJob Job, IReadOnlyDictionary<int, long> Committed)
{
    /// <summary>Offsets of the bound that are done.</summary>
    public long Done => Job.Partitions.Sum(bound => Math.Max(0, Math.Min(PositionOf(bound), bound.To) - bound.From));

    /// <summary>Whether the whole bound is done.</summary>
    public bool IsDone => Job.IsDone(Committed);

    /// <summary>The part that is done, 0 to 1.</summary>
    public double Fraction => Job.Length == 0 ? 1 : (double)Done / Job.Length;

    /// <summary>The offset that a partition goes on at.</summary>
    public long PositionOf(PartitionBound bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        return Committed.GetValueOrDefault(bound.Partition, bound.From);
    }

    /// <summary>Offsets of a partition that are still to be done.</summary>
    public long LagOf(PartitionBound bound) => Math.Max(0, bound.To - PositionOf(bound));
}
