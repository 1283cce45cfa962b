using System.Text;
using StreamInference.Replay.Jobs;

namespace StreamInference.Replay.Tests.Jobs;

public sealed class ReplayJobTests
{
    public static ReplayJob Job { get; } = new()
    {
        Id = "june",
        State = ReplayState.Planned,
        Pipeline = "fraud",
        Model = "fraud@2",
        SourceTopic = "transactions",
        OutputTopic = "june",
        DeadLetterTopic = "june.dlq",
        From = "7d",
        To = "latest",
        Partitions = [new PartitionBound(0, 5, 105), new PartitionBound(1, 0, 0)],
        PlannedAt = DateTimeOffset.UnixEpoch,
        ChangedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void A_job_comes_back_from_its_record()
    {
        ReplayJob? read = ReplayJob.Read(Job.ToJson());
        Assert.Equivalent(Job, read, strict: true);
        Assert.Contains("\"state\":\"planned\"", Encoding.UTF8.GetString(Job.ToJson()), StringComparison.Ordinal);
        Assert.Null(ReplayJob.Read("no job"u8));
    }

    [Fact]
    public void States_follow_each_other_as_the_table_says()
    {
        (ReplayState From, ReplayState To)[] allowed =
        [
            (ReplayState.Planned, ReplayState.Running), (ReplayState.Running, ReplayState.Running), (ReplayState.Running, ReplayState.Finished),
            (ReplayState.Planned, ReplayState.Cancelled), (ReplayState.Running, ReplayState.Cancelled),
        ];
        foreach (ReplayState from in Enum.GetValues<ReplayState>())
            foreach (ReplayState to in Enum.GetValues<ReplayState>())
                Assert.Equal(allowed.Contains((from, to)), (Job with { State = from }).In(to, DateTimeOffset.UtcNow) is not null);
        Assert.Equal([ReplayState.Finished, ReplayState.Cancelled], Enum.GetValues<ReplayState>().Where(state => state.IsEnd()));
    }

    [Fact]
    public void A_job_is_done_when_every_bound_that_is_not_empty_is_committed()
    {
        Assert.False(Job.IsDone(new Dictionary<int, long>()));
        Assert.False(Job.IsDone(new Dictionary<int, long> { [0] = 104 }));
        Assert.True(Job.IsDone(new Dictionary<int, long> { [0] = 105 }));
        Assert.Equal(100, Job.Length);
    }
}
