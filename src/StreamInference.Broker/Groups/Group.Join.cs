namespace StreamInference.Broker.Groups;

/// <summary>Joining: who is let in, and what a member that is in already is told.</summary>
internal sealed partial class Group
{
    public void Join(JoinAttempt attempt, Action<JoinResult> answer)
    {
        if (State == GroupState.Dead) Refuse(ErrorCode.CoordinatorNotAvailable);
        else if (!Suits(attempt)) Refuse(ErrorCode.InconsistentGroupProtocol);
        else if (attempt.MemberId.Length == 0) JoinUnknown(attempt, answer);
        else if (_pendingMembers.ContainsKey(attempt.MemberId)) JoinPending(attempt, answer);
        else if (CheckIdentity(attempt.MemberId, attempt.InstanceId) is var error and not ErrorCode.None) Refuse(error);
        else Rejoin(_members[attempt.MemberId], attempt, answer);

        void Refuse(ErrorCode code) => answer(new JoinResult(code, attempt.MemberId));
    }

    private bool Suits(JoinAttempt attempt)
    {
        if (attempt.Protocols.Count == 0 || attempt.ProtocolType.Length == 0) return false;
        if (_members.Count == 0) return true;
        var others = _members.Values.Where(member => member.Id != attempt.MemberId && (member.InstanceId is null || member.InstanceId != attempt.InstanceId));
        return ProtocolType == attempt.ProtocolType
            && attempt.Protocols.Any(offered => others.All(member => member.Offers(offered.Name)));
    }

    private void JoinUnknown(JoinAttempt attempt, Action<JoinResult> answer)
    {
        var id = $"{attempt.InstanceId ?? attempt.ClientId}-{Guid.NewGuid()}";
        if (attempt.InstanceId is not null && _staticMembers.TryGetValue(attempt.InstanceId, out var current))
        {
            ReplaceStatic(_members[current], id, attempt, answer);
        }
        else if (attempt.InstanceId is null && attempt.RequiresKnownMemberId)
        {
            _pendingMembers[id] = loop.Schedule(attempt.SessionTimeout, () => OnPendingExpired(id));
            answer(new JoinResult(ErrorCode.MemberIdRequired, id));
        }
        else
        {
            Add(id, attempt, answer);
        }
    }

    private void JoinPending(JoinAttempt attempt, Action<JoinResult> answer)
    {
        if (_pendingMembers.Remove(attempt.MemberId, out var timer)) timer.Cancel();
        Add(attempt.MemberId, attempt, answer);
    }

    private void OnPendingExpired(string id)
    {
        if (_pendingMembers.Remove(id)) CompleteJoinIfReady();
    }

    private void Add(string id, JoinAttempt attempt, Action<JoinResult> answer)
    {
        var member = new GroupMember(id, attempt) { AwaitingJoin = answer };
        if (_members.Count == 0) ProtocolType = attempt.ProtocolType;
        _members.Add(id, member);
        if (member.InstanceId is not null) _staticMembers[member.InstanceId] = id;
        LeaderId ??= id;
        RestartSession(member);
        Rebalance();
    }

    private void Rejoin(GroupMember member, JoinAttempt attempt, Action<JoinResult> answer)
    {
        var same = member.OffersTheSameAs(attempt);
        // The leader of a stable group asks for a rebalance by joining again; a follower that lost our answer does not.
        var unchanged = State == GroupState.CompletingRebalance ? same : State == GroupState.Stable && same && member.Id != LeaderId;
        if (unchanged)
        {
            RestartSession(member);
            answer(CurrentGeneration(member));
            return;
        }
        member.Update(attempt);
        member.AnswerJoin(new JoinResult(ErrorCode.UnknownMemberId, member.Id)); // an older attempt of the same member
        member.AwaitingJoin = answer;
        RestartSession(member);
        Rebalance();
    }

    /// <summary>A static member came back under a new member id: it takes the old one's place and its assignment.</summary>
    private void ReplaceStatic(GroupMember member, string newId, JoinAttempt attempt, Action<JoinResult> answer)
    {
        var oldId = member.Id;
        var oldLeader = LeaderId;
        member.AnswerJoin(new JoinResult(ErrorCode.FencedInstanceId, oldId));
        member.AnswerSync(SyncResult.Failed(ErrorCode.FencedInstanceId));
        _members.Remove(oldId);
        member.Id = newId;
        _members.Add(newId, member);
        _staticMembers[attempt.InstanceId!] = newId;
        if (LeaderId == oldId) LeaderId = newId;
        member.Update(attempt);
        RestartSession(member);
        if (State == GroupState.Stable && SelectProtocol() == ProtocolName)
        {
            journal.Write(ToEntry());
            answer(ReturningMember(member, oldLeader, attempt.SupportsSkippingAssignment));
            return;
        }
        member.AwaitingJoin = answer;
        Rebalance();
    }

    /// <summary>
    /// A client that cannot skip the assignment is shown the old leader's id, so that it takes itself for a follower and
    /// fetches the assignment that it had.
    /// </summary>
    private JoinResult ReturningMember(GroupMember member, string? oldLeader, bool canSkip)
    {
        var result = CurrentGeneration(member);
        if (member.Id != LeaderId) return result;
        return canSkip ? result with { SkipAssignment = true } : result with { Leader = oldLeader ?? "", Members = [] };
    }

    private JoinResult CurrentGeneration(GroupMember member) => new(ErrorCode.None, member.Id)
    {
        Generation = Generation,
        ProtocolType = ProtocolType,
        ProtocolName = ProtocolName,
        Leader = LeaderId ?? "",
        Members = member.Id == LeaderId
            ? [.. _members.Values.Select(each => (each.Id, each.InstanceId, each.MetadataOf(ProtocolName ?? "")))]
            : [],
    };
}
