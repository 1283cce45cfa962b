namespace StreamInference.Broker.Groups;

/// <summary>The rebalance: collecting the members, beginning a generation, handing out the leader's assignment.</summary>
internal sealed partial class Group
{
    private readonly HashSet<string> _notSynced = [];

    /// <summary>A group that was empty waits a while for more members before its first generation.</summary>
    private bool _collecting;

    public void Sync(
        string memberId, string? instanceId, int generation, string? protocolType, string? protocolName,
        IReadOnlyDictionary<string, byte[]> assignments, Action<SyncResult> answer)
    {
        var error = ValidateMember(memberId, instanceId, generation);
        if (error == ErrorCode.None && ((protocolType ?? ProtocolType) != ProtocolType || (protocolName ?? ProtocolName) != ProtocolName))
            error = ErrorCode.InconsistentGroupProtocol;
        if (error == ErrorCode.None && State == GroupState.Empty) error = ErrorCode.UnknownMemberId;
        if (error == ErrorCode.None && State == GroupState.PreparingRebalance) error = ErrorCode.RebalanceInProgress;
        if (error != ErrorCode.None)
        {
            answer(SyncResult.Failed(error));
            return;
        }
        var member = _members[memberId];
        RestartSession(member);
        member.AnswerSync(SyncResult.Failed(ErrorCode.RebalanceInProgress)); // an older attempt of the same member
        member.AwaitingSync = answer;
        _notSynced.Remove(memberId);
        if (State == GroupState.CompletingRebalance && memberId == LeaderId) TakeAssignment(assignments);
        if (State == GroupState.Stable) member.AnswerSync(AssignmentOf(member));
    }

    private void Rebalance()
    {
        if (State == GroupState.PreparingRebalance) CompleteJoinIfReady();
        else PrepareRebalance();
    }

    private void PrepareRebalance()
    {
        if (State == GroupState.CompletingRebalance) FailSyncs(ErrorCode.RebalanceInProgress);
        _syncTimer?.Cancel();
        var fromEmpty = State == GroupState.Empty;
        MoveTo(GroupState.PreparingRebalance);
        _collecting = fromEmpty && initialRebalanceDelay > TimeSpan.Zero;
        if (_collecting) _joinTimer = loop.Schedule(initialRebalanceDelay, CompleteJoin);
        else if (!CompleteJoinIfReady()) ScheduleJoinTimeout();
    }

    private bool CompleteJoinIfReady()
    {
        var ready = State == GroupState.PreparingRebalance && !_collecting && _pendingMembers.Count == 0
            && _members.Values.All(static member => member.AwaitingJoin is not null);
        if (ready) CompleteJoin();
        return ready;
    }

    private void ScheduleJoinTimeout()
    {
        _joinTimer?.Cancel();
        _joinTimer = loop.Schedule(RebalanceTimeout(), CompleteJoin);
    }

    private TimeSpan RebalanceTimeout() =>
        _members.Count == 0 ? TimeSpan.Zero : _members.Values.Max(static member => member.RebalanceTimeout);

    /// <summary>Everyone is here, or the time is up: dynamic members that did not come are out, static ones stay.</summary>
    private void CompleteJoin()
    {
        if (State != GroupState.PreparingRebalance) return;
        _joinTimer?.Cancel();
        _collecting = false;
        foreach (var absent in _members.Values.Where(static member => member.AwaitingJoin is null && !member.IsStatic).ToList())
            Remove(absent);
        if (_members.Count == 0) BecomeEmpty();
        else if (ElectLeader()) BeginGeneration();
        else ScheduleJoinTimeout();
    }

    private void BecomeEmpty()
    {
        Generation++;
        ProtocolName = null;
        LeaderId = null;
        MoveTo(GroupState.Empty);
        journal.Write(ToEntry());
    }

    /// <summary>The leader must be one that joined; where none did (all static and silent) there is no new generation yet.</summary>
    private bool ElectLeader()
    {
        if (LeaderId is not null && _members.TryGetValue(LeaderId, out var leader) && leader.AwaitingJoin is not null) return true;
        var joined = _members.Values.FirstOrDefault(static member => member.AwaitingJoin is not null);
        if (joined is null) return false;
        LeaderId = joined.Id;
        return true;
    }

    private void BeginGeneration()
    {
        Generation++;
        ProtocolName = SelectProtocol();
        MoveTo(GroupState.CompletingRebalance);
        _notSynced.Clear();
        _notSynced.UnionWith(_members.Keys);
        var generation = Generation;
        _syncTimer = loop.Schedule(RebalanceTimeout(), () => OnSyncTimeout(generation));
        foreach (var member in _members.Values)
        {
            if (member.AwaitingJoin is not null) RestartSession(member);
            member.AnswerJoin(CurrentGeneration(member));
        }
    }

    private void OnSyncTimeout(int generation)
    {
        if (State != GroupState.CompletingRebalance || Generation != generation) return;
        foreach (var silent in _members.Values.Where(member => _notSynced.Contains(member.Id)).ToList()) Remove(silent);
        PrepareRebalance();
    }

    private void TakeAssignment(IReadOnlyDictionary<string, byte[]> assignments)
    {
        _syncTimer?.Cancel();
        foreach (var member in _members.Values) member.Assignment = assignments.GetValueOrDefault(member.Id) ?? [];
        MoveTo(GroupState.Stable);
        journal.Write(ToEntry());
        foreach (var member in _members.Values) EndSync(member, AssignmentOf(member));
    }

    private SyncResult AssignmentOf(GroupMember member) => new(ErrorCode.None, ProtocolType, ProtocolName, member.Assignment);

    private void FailSyncs(ErrorCode error)
    {
        foreach (var member in _members.Values) EndSync(member, SyncResult.Failed(error));
    }

    /// <summary>While a member waited its session could not end; it begins anew with the answer.</summary>
    private void EndSync(GroupMember member, SyncResult result)
    {
        if (member.AwaitingSync is not null) RestartSession(member);
        member.AnswerSync(result);
    }

    /// <summary>Among the protocols that all members offer, the one that most members prefer.</summary>
    private string? SelectProtocol()
    {
        var common = _members.Values.First().Protocols.Select(static offered => offered.Name)
            .Where(name => _members.Values.All(member => member.Offers(name))).ToList();
        var votes = _members.Values.Select(member => member.Protocols.FirstOrDefault(offered => common.Contains(offered.Name)).Name);
        return votes.Where(static name => name is not null).GroupBy(static name => name).MaxBy(static group => group.Count())?.Key;
    }
}
