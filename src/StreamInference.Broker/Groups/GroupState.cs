namespace StreamInference.Broker.Groups;

/// <summary>The states of a classic group (KIP-62), by the names that DescribeGroups shows.</summary>
internal enum GroupState
{
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
}

/// <summary>The state machine as data: from which states each state may be entered.</summary>
internal static class GroupStates
{
    private static readonly Dictionary<GroupState, GroupState[]> Predecessors = new()
    {
        [GroupState.Empty] = [GroupState.PreparingRebalance],
        [GroupState.PreparingRebalance] = [GroupState.Empty, GroupState.CompletingRebalance, GroupState.Stable],
        [GroupState.CompletingRebalance] = [GroupState.PreparingRebalance],
        [GroupState.Stable] = [GroupState.CompletingRebalance],
        [GroupState.Dead] = [GroupState.Empty, GroupState.PreparingRebalance, GroupState.CompletingRebalance, GroupState.Stable],
    };

    public static bool MayFollow(GroupState from, GroupState to) => Predecessors[to].Contains(from);
}
