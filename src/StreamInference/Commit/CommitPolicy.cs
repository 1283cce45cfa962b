namespace StreamInference.Commit;

/// <summary>When a transaction is due.</summary>
/// <param name="Interval">The longest that a finished result waits until it is committed, where a commit takes at most half of it.</param>
/// <param name="MaxResults">Results after which a commit is due at once: large transactions stall their readers.</param>
/// <param name="MaxBytes">Bytes of results after which a commit is due at once.</param>
public sealed record CommitPolicy(TimeSpan Interval, int MaxResults = 20_000, long MaxBytes = 16 << 20)
{
    // An abort that has a lasting cause must not become a busy loop.
    private static readonly TimeSpan AbortBackoff = TimeSpan.FromMilliseconds(20);

    // Nobody waits for an offset alone: it only saves a successor from reading the record again.
    private static readonly TimeSpan OffsetsInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Zero: commit now. Null: there is nothing to commit. Otherwise: ask again after this long.</summary>
    /// <remarks>
    /// An idle worker (nothing in the model, nothing waiting for it) commits at once: waiting for more would only add latency. But it leaves half of
    /// the interval between two commits: a trickle of records would otherwise cost a transaction each.
    /// </remarks>
    public TimeSpan? DueIn(in CommitState state)
    {
        if (!state.HasProgress) return null;
        if (state.LastAborted && state.SinceLastCommit < AbortBackoff) return AbortBackoff - state.SinceLastCommit;
        TimeSpan interval = state.Results > 0 || Interval > OffsetsInterval ? Interval : OffsetsInterval;
        // What the commit itself takes is part of the wait.
        interval -= state.CommitTime < interval / 2 ? state.CommitTime : interval / 2;
        if (state.Results >= MaxResults || state.Bytes >= MaxBytes || state.OldestResult >= interval) return TimeSpan.Zero;
        TimeSpan wait = interval - state.OldestResult;
        if (!state.IsIdle) return wait;
        TimeSpan spacing = (interval / 2) - state.SinceLastCommit;
        return spacing <= TimeSpan.Zero ? TimeSpan.Zero : spacing < wait ? spacing : wait;
    }
}

/// <summary>What the commit policy looks at.</summary>
/// <param name="HasProgress">Whether a commit would make anything visible.</param>
/// <param name="Results">Finished results that wait.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="OldestResult">How long the oldest of them has waited; without results, the oldest offset that moved.</param>
/// <param name="IsIdle">Whether nothing is in flight that a later commit could take along.</param>
/// <param name="SinceLastCommit">How long ago the last commit ended; <see cref="TimeSpan.MaxValue"/> when there was none.</param>
/// <param name="LastAborted">Whether the last commit was aborted.</param>
/// <param name="CommitTime">How long a commit takes, lately.</param>
public readonly record struct CommitState(
    bool HasProgress, int Results, long Bytes, TimeSpan OldestResult, bool IsIdle, TimeSpan SinceLastCommit, bool LastAborted = false, TimeSpan CommitTime = default);
