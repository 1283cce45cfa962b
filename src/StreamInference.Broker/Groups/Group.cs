using StreamInference.Broker.Loop;
using StreamInference.Broker.State;

namespace StreamInference.Broker.Groups;

/// <summary>
/// A classic consumer group: members, generations and the rebalance between them, after Kafka's <c>ClassicGroup</c> and
/// <c>GroupMetadataManager</c>. Static members (KIP-345) keep their assignment over a restart. Owned by the loop.
/// </summary>
internal sealed partial class Group(string id, BrokerLoop loop, StateJournal journal, TimeSpan initialRebalanceDelay)
{
    private readonly Dictionary<string, GroupMember> _members = [];
    private readonly Dictionary<string, string> _staticMembers = [];
    private readonly Dictionary<string, LoopTimer> _pendingMembers = [];

    private LoopTimer? _joinTimer;
    private LoopTimer? _syncTimer;

    public string Id { get; } = id;

    public GroupOffsets Offsets { get; } = new(id, journal);

    public GroupState State { get; private set; } = GroupState.Empty;

    public int Generation { get; private set; }

    public string? ProtocolType { get; private set; }

    public string? ProtocolName { get; private set; }

    public string? LeaderId { get; private set; }

    public IReadOnlyCollection<GroupMember> Members => _members.Values;

    public ErrorCode Heartbeat(string memberId, string? instanceId, int generation)
    {
        if (ValidateMember(memberId, instanceId, generation) is var error and not ErrorCode.None) return error;
        if (State == GroupState.Empty) return ErrorCode.UnknownMemberId;
        RestartSession(_members[memberId]);
        return State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>Takes a member out at its own wish, by member id or by instance id alone.</summary>
    public ErrorCode Leave(string memberId, string? instanceId)
    {
        if (State == GroupState.Dead) return ErrorCode.CoordinatorNotAvailable;
        if (instanceId is not null)
        {
            if (!_staticMembers.TryGetValue(instanceId, out var current)) return ErrorCode.UnknownMemberId;
            if (memberId.Length > 0 && memberId != current) return ErrorCode.FencedInstanceId;
            memberId = current;
        }
        else if (_pendingMembers.Remove(memberId, out var timer))
        {
            timer.Cancel();
            CompleteJoinIfReady();
            return ErrorCode.None;
        }
        if (!_members.TryGetValue(memberId, out var member)) return ErrorCode.UnknownMemberId;
        RemoveAndRebalance(member);
        return ErrorCode.None;
    }

    /// <summary>
    /// Whether these credentials may commit offsets. A transactional commit without any is let through as in Kafka: that
    /// is the unfenced hole of the classic protocol.
    /// </summary>
    public ErrorCode ValidateOffsetCommit(string memberId, string? instanceId, int generation, bool transactional)
    {
        if (State == GroupState.Dead) return ErrorCode.CoordinatorNotAvailable;
        if (generation < 0 && State == GroupState.Empty) return ErrorCode.None;
        if (generation >= 0 || memberId.Length > 0 || instanceId is not null)
        {
            if (ValidateMember(memberId, instanceId, generation) is var error and not ErrorCode.None) return error;
        }
        else if (!transactional)
        {
            return ErrorCode.UnknownMemberId;
        }
        if (transactional) return ErrorCode.None;
        if (State == GroupState.CompletingRebalance) return ErrorCode.RebalanceInProgress;
        if (_members.TryGetValue(memberId, out var member)) RestartSession(member);
        return ErrorCode.None;
    }

    /// <summary>Ends the group; it has no members any more.</summary>
    public void Kill()
    {
        foreach (var timer in _pendingMembers.Values) timer.Cancel();
        MoveTo(GroupState.Dead);
    }

    private ErrorCode ValidateMember(string memberId, string? instanceId, int generation)
    {
        if (State == GroupState.Dead) return ErrorCode.CoordinatorNotAvailable;
        if (CheckIdentity(memberId, instanceId) is var error and not ErrorCode.None) return error;
        return generation == Generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private ErrorCode CheckIdentity(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (!_staticMembers.TryGetValue(instanceId, out var current)) return ErrorCode.UnknownMemberId;
            if (current != memberId) return ErrorCode.FencedInstanceId;
        }
        return _members.ContainsKey(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    private void RestartSession(GroupMember member)
    {
        member.Session?.Cancel();
        member.Session = loop.Schedule(member.SessionTimeout, () => OnSessionExpired(member));
    }

    private void OnSessionExpired(GroupMember member)
    {
        if (!_members.TryGetValue(member.Id, out var current) || current != member) return;
        if (member.AwaitingJoin is not null || member.AwaitingSync is not null) RestartSession(member); // it is we who are silent
        else RemoveAndRebalance(member);
    }

    private void RemoveAndRebalance(GroupMember member)
    {
        Remove(member);
        if (State is GroupState.Stable or GroupState.CompletingRebalance) PrepareRebalance();
        else if (State == GroupState.PreparingRebalance) CompleteJoinIfReady();
    }

    private void Remove(GroupMember member)
    {
        member.Session?.Cancel();
        member.AnswerJoin(new JoinResult(ErrorCode.UnknownMemberId, member.Id));
        member.AnswerSync(SyncResult.Failed(ErrorCode.UnknownMemberId));
        _members.Remove(member.Id);
        if (member.InstanceId is not null) _staticMembers.Remove(member.InstanceId);
        if (LeaderId == member.Id) LeaderId = _members.Keys.FirstOrDefault();
    }

    private void MoveTo(GroupState state)
    {
        if (!GroupStates.MayFollow(State, state)) throw new InvalidOperationException($"group {Id} may not go from {State} to {state}");
        State = state;
    }
}
