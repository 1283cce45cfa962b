using Confluent.Kafka;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Sources;

/// <summary>Looks, some time after a rebalance, whether the group left a partition to nobody.</summary>
/// <remarks>
/// Cooperative rebalances take two rounds: one member gives a partition up, and joins again so that another can have it. A static member that dies in
/// between comes back under its name, is given what the first round left it, and no second round follows (seen on Kafka 4.3.1): the partition
/// stays without an owner until the group changes again. Owned by the worker loop; looks on a thread of the pool.
/// </remarks>
internal sealed class GroupCoverage(KafkaSettings settings, string group, IReadOnlyList<string> topics, Func<string> memberId, TimeProvider time)
{
    // A partition in the hands of a slow handler looks the same for a while.
    private const int Patience = 3;
    private const int EarlyLooks = 5;
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RareLook = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    private Task<CoverageLook>? _look;
    private long _since;
    private TimeSpan _wait = Timeout.InfiniteTimeSpan;
    private int _gaps;
    private int _failures;

    /// <summary>The assignment changed, maybe to the same: what was seen before says nothing.</summary>
    public void NoteRebalance()
    {
        (_look, _gaps, _failures) = (null, 0, 0);
        WaitFor(FirstLook);
    }

    /// <summary>Whether this member should join as another one, because a partition has no owner. Cheap; called with every poll.</summary>
    public bool ShouldRejoin()
    {
        if (_wait == Timeout.InfiniteTimeSpan) return false;
        if (_look is null)
        {
            if (time.GetElapsedTime(_since) >= _wait) _look = LookFrom(memberId());
            return false;
        }

        if (!_look.IsCompleted) return false;
        CoverageLook look = _look.GetAwaiter().GetResult();
        _look = null;
        return Takes(look);
    }

    private bool Takes(CoverageLook look)
    {
        switch (look.Kind)
        {
            case CoverageKind.Complete:
                (_gaps, _failures) = (0, 0);
                WaitFor(RareLook);
                return false;
            case CoverageKind.Gap:
                WaitFor(NextLook);
                // The member with the least to lose goes first; that alone changes the group.
                return ++_gaps >= Patience + look.Rank;
            default:
                // Never the last one: a group that cannot be seen now may settle with a gap, and this member would not be told.
                WaitFor(++_failures < EarlyLooks ? NextLook : RareLook);
                return false;
        }
    }

    private void WaitFor(TimeSpan wait) => (_since, _wait) = (time.GetTimestamp(), wait);

    private Task<CoverageLook> LookFrom(string self) => Task.Run(() => Look(self));

    private CoverageLook Look(string self)
    {
        try
        {
            using IAdminClient admin = new AdminClientBuilder(settings.ForAdmin()).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
            if (ClassicGroup.Find(admin, group, CallLimit) is not { IsStable: true } found) return new CoverageLook(CoverageKind.Unknown, 0);
            HashSet<TopicPartition> owned = [.. found.Members.SelectMany(member => member.Partitions)];
            bool isComplete = topics.All(topic => admin.GetMetadata(topic, CallLimit).Topics[0].Partitions.All(partition => owned.Contains(new TopicPartition(topic, partition.PartitionId))));
            return new CoverageLook(isComplete ? CoverageKind.Complete : CoverageKind.Gap, RankOf(self, found.Members));
        }
        catch (KafkaException)
        {
            // A cluster that does not answer, or refuses to: the next look, or the next rebalance.
            return new CoverageLook(CoverageKind.Unknown, 0);
        }
    }

    private static int RankOf(string self, IReadOnlyList<GroupMember> members) => members
        .OrderBy(member => member.Partitions.Count).ThenBy(member => member.MemberId, StringComparer.Ordinal).ToList()
        .FindIndex(member => member.MemberId == self) is var rank and >= 0 ? rank : members.Count;

    private enum CoverageKind
    {
        Unknown,
        Complete,
        Gap,
    }

    private readonly record struct CoverageLook(CoverageKind Kind, int Rank);
}
