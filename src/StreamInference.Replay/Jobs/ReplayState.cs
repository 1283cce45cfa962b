namespace StreamInference.Replay.Jobs;

/// <summary>Where a job is in its life.</summary>
public enum ReplayState
{
    /// <summary>Its bound is fixed; nothing was read yet.</summary>
    Planned,

    /// <summary>A runner has begun; it may run now, or be interrupted until the next one goes on.</summary>
    Running,

    /// <summary>Every record of the bound has its result. The end.</summary>
    Finished,

    /// <summary>Given up. The end; what was committed stays.</summary>
    Cancelled,
}

/// <summary>Which state may follow which.</summary>
public static class ReplayStates
{
    private static readonly Dictionary<ReplayState, ReplayState[]> Predecessors = new()
    {
        [ReplayState.Planned] = [],
        [ReplayState.Running] = [ReplayState.Planned, ReplayState.Running],
        [ReplayState.Finished] = [ReplayState.Running],
        [ReplayState.Cancelled] = [ReplayState.Planned, ReplayState.Running],
    };

    /// <summary>Whether a job may go from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static bool MayFollow(this ReplayState to, ReplayState from) => Predecessors[to].Contains(from);

    /// <summary>Whether nothing follows.</summary>
    public static bool IsEnd(this ReplayState state) => !Predecessors.Values.Any(predecessors => predecessors.Contains(state));
}
