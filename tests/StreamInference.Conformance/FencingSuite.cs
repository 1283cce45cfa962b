using StreamInference.Commit;
using StreamInference.Kafka.Sinks;
using StreamInference.Sources;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>
/// Zombies: workers that go on after their partitions went to someone else. Each case ends with exactly one result visible and the offset behind it.
/// </summary>
public abstract class FencingSuite
{
    /// <summary>The cluster under test; skips the test where there is none.</summary>
    protected abstract Task<KafkaCluster> ClusterAsync();

    private async Task<KafkaRig> RigAsync(int partitions = 1) => await new KafkaRig(await ClusterAsync()).SetUpAsync(partitions);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stale_generation_commits_nothing_even_where_the_offset_does_not_move(bool moves)
    {
        using KafkaRig rig = await RigAsync(2);
        await rig.FeedAsync(0, "a");
        await rig.FeedAsync(1, "b");
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count == 2);
        FixedMembership stale = FixedMembership.Of(member.Kafka, rig.Group);
        using Member other = new Member(rig.Source()).Start();
        other.PollUntil(() => member.Partitions.Count() == 1 && other.Partitions.Count() == 1, member);

        // The zombie holds a partition that it kept; the group moved on nevertheless.
        KafkaTransactionalSink zombie = rig.Sink(rig.SinkOptions("zombie"), stale, producer => producer);
        CommitRequest request = Member.Echo(member.Records.Where(record => record.Assignment.IsActive), "-zombie");
        if (!moves) request.Offsets[0] = request.Offsets[0] with { NextOffset = 0 };
        Assert.Equal(CommitOutcome.Aborted, zombie.Commit(request));
        Assert.Contains("requires abort", zombie.LastError, StringComparison.Ordinal);

        KafkaTransactionalSink fresh = rig.Sink(member.Kafka, "fresh");
        Assert.Equal(CommitOutcome.Committed, fresh.Commit(Member.Echo(member.Records.Where(record => record.Assignment.IsActive), "-fresh")));
        Assert.EndsWith("-fresh", Assert.Single(rig.ReadValues(rig.Output)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partition_that_went_to_another_member_is_not_committed_with_fresh_metadata()
    {
        using KafkaRig rig = await RigAsync(2);
        await rig.FeedAsync(0, "a");
        await rig.FeedAsync(1, "b");
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count == 2);
        using Member other = new Member(rig.Source()).Start();
        other.PollUntil(() => member.Partitions.Count() == 1 && other.Records.Count == 1, member);

        InterceptedProducer? producer = null;
        KafkaTransactionalSink sink = rig.Sink(rig.SinkOptions("0"), member.Kafka, inner => producer = new InterceptedProducer(inner, _ => { }));
        Assert.Equal(CommitOutcome.Aborted, sink.Commit(Member.Echo(member.Records, "-both")));
        // The broker would take it: the group fences the epoch, not the partition. So it must not be asked.
        Assert.Equal([nameof(ITransactionalProducer.InitTransactions)], producer!.Calls);
        Assert.Equal(CommitOutcome.Committed, sink.Commit(Member.Echo(member.Records.Where(record => record.Assignment.IsActive))));
        Assert.Single(rig.ReadValues(rig.Output));
    }

    [Fact]
    public async Task Without_a_member_id_nothing_is_committed()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count == 1);
        // The broker checks nothing for this membership (seen on real Kafka, classic protocol): it would commit.
        KafkaTransactionalSink sink = rig.Sink(rig.SinkOptions("0"), new FixedMembership(rig.Group, -1, "", null), producer => producer);
        Assert.Equal(CommitOutcome.Aborted, sink.Commit(Member.Echo(member.Records)));
        Assert.Empty(rig.ReadValues(rig.Output));
        Assert.Equal(-1, await rig.CommittedAsync(0));
    }

    [Fact]
    public async Task A_member_whose_slot_was_taken_over_commits_nothing_and_fails()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        using Member former = new Member(rig.Source("slot")).Start();
        former.PollUntil(() => former.Records.Count == 1);
        using Member latter = new Member(rig.Source("slot")).Start();
        latter.PollUntil(() => latter.Records.Count == 1);
        // Another transactional id, so that the group alone fences.
        KafkaTransactionalSink zombie = rig.Sink(former.Kafka, "zombie");
        Assert.Equal(CommitOutcome.Aborted, zombie.Commit(Member.Echo(former.Records, "-former")));
        Assert.Equal(CommitOutcome.Committed, rig.Sink(latter.Kafka, "slot").Commit(Member.Echo(latter.Records, "-latter")));
        Assert.Equal(["a-latter"], rig.ReadValues(rig.Output));
        SourceFailedException failure = Assert.Throws<SourceFailedException>(() => former.PollUntil(() => false));
        Assert.True(failure.IsRecoverable);
    }

    [Fact]
    public async Task A_zombie_that_resumes_in_time_commits_and_its_successor_goes_on_behind_it()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        using Member zombie = new Member(rig.Source("slot")).Start();
        zombie.PollUntil(() => zombie.Records.Count == 1);
        using Member successor = new(rig.Source("slot"));
        bool stopped = false;
        void WhileStopped(string call)
        {
            if (call != nameof(ITransactionalProducer.Commit)) return;
            // The successor is assigned, but its committed offset waits for the open transaction.
            stopped = true;
            successor.Start().PollUntil(() => successor.Partitions.Any());
            for (int i = 0; i < 20; i++) successor.Poll(TimeSpan.FromMilliseconds(20));
            Assert.Empty(successor.Records);
        }

        KafkaTransactionalSink sink = rig.Sink(rig.SinkOptions("zombie"), zombie.Kafka, inner => new InterceptedProducer(inner, WhileStopped));
        Assert.Equal(CommitOutcome.Committed, sink.Commit(Member.Echo(zombie.Records)));
        Assert.True(stopped);
        await rig.FeedAsync(0, "b");
        successor.PollUntil(() => successor.Records.Count == 1);
        Assert.Equal(["b"], successor.Values);
        Assert.Equal(["a"], rig.ReadValues(rig.Output));
    }

    [Fact]
    public async Task A_zombie_that_resumes_after_the_transaction_timed_out_is_fenced()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        using Member zombie = new Member(rig.Source("slot")).Start();
        zombie.PollUntil(() => zombie.Records.Count == 1);
        using Member successor = new(rig.Source("slot"));
        bool stopped = false;
        void WhileStopped(string call)
        {
            if (call != nameof(ITransactionalProducer.Commit)) return;
            stopped = true;
            successor.Start().PollUntil(() => successor.Records.Count == 1);
            Assert.Equal(CommitOutcome.Committed, rig.Sink(successor.Kafka, "successor").Commit(Member.Echo(successor.Records, "-successor")));
        }

        KafkaTransactionalSink sink = rig.Sink(rig.SinkOptions("zombie", ("transaction.timeout.ms", "2000")), zombie.Kafka, inner => new InterceptedProducer(inner, WhileStopped));
        Assert.Equal(CommitOutcome.Fenced, sink.Commit(Member.Echo(zombie.Records, "-zombie")));
        Assert.True(stopped);
        Assert.Equal(["a-successor"], rig.ReadValues(rig.Output));
        Assert.Equal(1, await rig.CommittedAsync(0));
        // Over is over: a fenced sink does nothing any more.
        Assert.Equal(CommitOutcome.Fenced, sink.Commit(Member.Echo(zombie.Records, "-again")));
    }
}
