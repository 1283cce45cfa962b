using StreamInference.Commit;
using StreamInference.Progress;
using StreamInference.States;

namespace StreamInference.Records;

/// <summary>
/// One stay of one partition at one worker, from assign to revoke. Its identity is the assignment epoch: when a partition comes back it
/// comes back as another object, so whatever still refers to the former stay is recognized as stale by <see cref="IsActive"/>.
/// </summary>
/// <remarks>Created by an <see cref="Sources.IRecordSource"/>, ended by it inside <c>Poll</c>. Written by the worker loop only.</remarks>
public sealed class PartitionAssignment
{
    /// <summary>Creates the assignment of <paramref name="partition"/> of <paramref name="topic"/>.</summary>
    public PartitionAssignment(string topic, int partition)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        Topic = topic;
        Partition = partition;
    }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>The partition's number in its topic.</summary>
    public int Partition { get; }

    /// <summary>False once the partition was revoked or lost. Results of an inactive assignment are dropped, never sent.</summary>
    public bool IsActive { get; private set; } = true;

    /// <summary>
    /// What earlier owners of the partition had committed of its unfinished requests; null where the pipeline keeps no progress. Set by the
    /// source before the listener hears of the assignment.
    /// </summary>
    public RestoredProgress? Restored { get; init; }

    /// <summary>
    /// What the model remembers of the partition's keys, where it keeps a state for each. Begins with what earlier owners had committed; set by the
    /// source before the listener hears of the assignment.
    /// </summary>
    public KeyedState KeyedState { get; init; } = new();

    /// <summary>The ledger of this stay; set by the worker when the partition is assigned.</summary>
    internal OffsetLedger? Ledger { get; set; }

    /// <summary>The live progress keys of this stay; null where the pipeline keeps no progress.</summary>
    internal ProgressLedger? Progress { get; set; }

    /// <summary>Ends the stay. Called by the source after the listener's handler has returned.</summary>
    public void Deactivate() => IsActive = false;

    /// <inheritdoc/>
    public override string ToString() => $"{Topic}-{Partition}";
}
