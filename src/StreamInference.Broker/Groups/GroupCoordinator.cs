using StreamInference.Broker.Loop;
using StreamInference.Broker.State;

namespace StreamInference.Broker.Groups;

/// <summary>All groups. Owned by the loop.</summary>
internal sealed class GroupCoordinator(BrokerLoop loop, StateJournal journal, TimeSpan initialRebalanceDelay)
{
    private readonly SortedDictionary<string, Group> _groups = new(StringComparer.Ordinal);

    public IReadOnlyCollection<Group> All => _groups.Values;

    public Group? Find(string id) => _groups.GetValueOrDefault(id);

    public Group FindOrCreate(string id)
    {
        if (_groups.TryGetValue(id, out var group)) return group;
        group = new Group(id, loop, journal, initialRebalanceDelay);
        _groups.Add(id, group);
        return group;
    }

    /// <summary>Deletes a group that has no members.</summary>
    public ErrorCode Delete(string id)
    {
        if (Find(id) is not { } group) return ErrorCode.GroupIdNotFound;
        if (group.State != GroupState.Empty) return ErrorCode.NonEmptyGroup;
        group.Kill();
        group.Offsets.DeleteAll();
        _groups.Remove(id);
        return ErrorCode.None;
    }

    public void Restore(GroupEntry entry) => FindOrCreate(entry.GroupId).Restore(entry);

    /// <summary>Begins the sessions of restored members.</summary>
    public void Resume()
    {
        foreach (var group in _groups.Values) group.Resume();
    }

    public void Restore(OffsetsEntry entry)
    {
        FindOrCreate(entry.GroupId).Offsets.Restore(entry);
        if ((OffsetsChange)entry.Change == OffsetsChange.DeleteGroup) _groups.Remove(entry.GroupId);
    }
}
