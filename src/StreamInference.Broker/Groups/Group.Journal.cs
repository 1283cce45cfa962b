using StreamInference.Broker.State;

namespace StreamInference.Broker.Groups;

/// <summary>
/// A group across a restart of the broker. As in Kafka a generation is kept from its assignment on; members of one that
/// was not complete find a generation they do not know, and join again.
/// </summary>
internal sealed partial class Group
{
    public GroupEntry ToEntry() => new()
    {
        GroupId = Id,
        Generation = Generation,
        ProtocolType = ProtocolType,
        ProtocolName = ProtocolName,
        LeaderId = LeaderId,
        Members = [.. _members.Values.Select(ToEntry)],
    };

    /// <summary>Takes the last entry of an earlier run; sessions begin with <see cref="Resume"/>.</summary>
    public void Restore(GroupEntry entry)
    {
        _members.Clear();
        _staticMembers.Clear();
        Generation = entry.Generation;
        ProtocolType = entry.ProtocolType;
        ProtocolName = entry.ProtocolName;
        LeaderId = entry.LeaderId;
        State = entry.Members.Count == 0 ? GroupState.Empty : GroupState.Stable;
        foreach (var member in entry.Members)
        {
            _members.Add(member.MemberId, new GroupMember(member.MemberId, ToAttempt(member, ProtocolType)) { Assignment = member.Assignment.ToArray() });
            if (member.InstanceId is not null) _staticMembers.Add(member.InstanceId, member.MemberId);
        }
    }

    /// <summary>Gives every restored member a full session to be heard of.</summary>
    public void Resume()
    {
        foreach (var member in _members.Values) RestartSession(member);
    }

    private static GroupEntry.MemberEntry ToEntry(GroupMember member) => new()
    {
        MemberId = member.Id,
        InstanceId = member.InstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SessionTimeoutMs = (int)member.SessionTimeout.TotalMilliseconds,
        RebalanceTimeoutMs = (int)member.RebalanceTimeout.TotalMilliseconds,
        Protocols = [.. member.Protocols.Select(static each => new GroupEntry.ProtocolEntry { Name = each.Name, Metadata = each.Metadata })],
        Assignment = member.Assignment,
    };

    private static JoinAttempt ToAttempt(GroupEntry.MemberEntry member, string? protocolType) => new()
    {
        MemberId = member.MemberId,
        InstanceId = member.InstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SessionTimeout = TimeSpan.FromMilliseconds(member.SessionTimeoutMs),
        RebalanceTimeout = TimeSpan.FromMilliseconds(member.RebalanceTimeoutMs),
        ProtocolType = protocolType ?? "",
        Protocols = [.. member.Protocols.Select(static each => new MemberProtocol(each.Name, each.Metadata.ToArray()))],
    };
}
