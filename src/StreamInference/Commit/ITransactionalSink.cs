using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;

namespace StreamInference.Commit;

/// <summary>What became of a commit, by what the worker must do next.</summary>
public enum CommitOutcome
{
    /// <summary>Results and offsets are visible. The worker releases the work.</summary>
    Committed,

    /// <summary>Not decided yet. The worker makes the same call again with the same request, and nothing else.</summary>
    Retry,

    /// <summary>The transaction was aborted; nothing is visible. The worker keeps the work and commits it again in a later pass.</summary>
    Aborted,

    /// <summary>Another worker took over, or the state is uncertain. The worker drops all work and starts again with a new source and sink.</summary>
    Fenced,

    /// <summary>Nothing helps. The worker stops; the host decides.</summary>
    Fatal,
}

/// <summary>A run of results of one batch that go out together.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Start">Index of the first result.</param>
/// <param name="Count">How many.</param>
public readonly record struct ResultRange(ResultBatch Batch, int Start, int Count);

/// <summary>The offset to commit for a partition: the next record to read after a restart.</summary>
public readonly record struct PartitionOffset(PartitionAssignment Assignment, long NextOffset);

/// <summary>Everything one transaction makes visible. Stays unchanged while the sink answers <see cref="CommitOutcome.Retry"/>.</summary>
public sealed class CommitRequest
{
    /// <summary>The results to produce.</summary>
    public List<ResultRange> Results { get; } = [];

    /// <summary>
    /// The offset of every partition that <see cref="Results"/> touches, also where it did not move: the offsets are what fences a zombie
    /// (an empty list fences nobody).
    /// </summary>
    public List<PartitionOffset> Offsets { get; } = [];

    /// <summary>The writes to the progress topic, to the partition with the number of their assignment. Empty where none is kept.</summary>
    public List<ProgressWrite> Progress { get; } = [];

    /// <summary>The writes to the state topic, to the partition with the number of their assignment, one for each key. Empty where none is kept.</summary>
    public List<StateWrite> States { get; } = [];

    /// <summary>How many results the ranges hold.</summary>
    public int ResultCount { get; internal set; }

    /// <summary>Empties the request.</summary>
    internal void Clear()
    {
        Results.Clear();
        Offsets.Clear();
        Progress.Clear();
        States.Clear();
        ResultCount = 0;
    }
}

/// <summary>Makes results and offsets visible together, once. Called by the worker loop only.</summary>
public interface ITransactionalSink : IDisposable
{
    /// <summary>Begin, produce all, flush, send offsets, commit: one transaction.</summary>
    /// <remarks>
    /// After <see cref="CommitOutcome.Retry"/> the same request is passed again and the sink goes on where it stopped: never a second begin,
    /// never a commit that is not behind a send-offsets that returned ok.
    /// </remarks>
    CommitOutcome Commit(CommitRequest request);

    /// <summary>Why the last outcome was not <see cref="CommitOutcome.Committed"/>; for logs and health.</summary>
    string? LastError { get; }
}
