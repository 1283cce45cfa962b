using StreamInference.Commit;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Sinks;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>A real broker of this class alone, started at the first use, to suspend and to kill.</summary>
public sealed class OwnKafkaFixture : IAsyncLifetime
{
    private KafkaCluster? _cluster;

    public async Task<KafkaCluster> RequireAsync() => _cluster ??= await RealKafkaFixture.StartOwnAsync([], TestContext.Current.CancellationToken);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}

/// <summary>The only broker stops answering, or dies, in the middle of a transaction.</summary>
public sealed class BrokerFailureOnRealKafka(OwnKafkaFixture kafka) : IClassFixture<OwnKafkaFixture>
{
    // A broker that is slow, because the machine is, must not look like one that is gone.
    private static readonly (string Key, string Value)[] Patient = [("socket.timeout.ms", "1000"), ("transaction.timeout.ms", "60000")];

    [Fact]
    public async Task A_group_is_looked_at_again_once_its_coordinator_is_back()
    {
        KafkaCluster cluster = await kafka.RequireAsync();
        using KafkaRig rig = await new KafkaRig(cluster).SetUpAsync();
        await rig.FeedAsync(0, "a");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(rig.SinkOptions("0", Patient), member.Kafka, producer => producer);
        member.Start().PollUntil(() => member.Records.Count == 1);
        Assert.Equal(CommitOutcome.Committed, sink.Commit(Member.Echo(member.Records)));
        using ClusterView view = new(rig.Settings(("socket.connection.setup.timeout.ms", "1000")));
        Assert.Equal(0, Assert.Single((await view.MembersAsync(rig.Group))[0].Partitions).Partition.Value);
        Assert.Equal(1, (await view.CommittedAsync(rig.Group, rig.Input))[0]);
        cluster.KillBroker();
        // Under way while it goes and comes: librdkafka's newer requests to a coordinator end the process here.
        Task<IReadOnlyList<GroupMember>>[] looks = [.. Enumerable.Range(0, 4).Select(_ => view.MembersAsync(rig.Group))];
        await cluster.RestartBrokerAsync(TestContext.Current.CancellationToken);
        foreach (Task<IReadOnlyList<GroupMember>> look in looks)
            if (await Task.WhenAny(look) is { IsFaulted: true }) Assert.IsType<KafkaUnavailableException>(look.Exception!.InnerException);
        member.PollUntil(() => view.MembersAsync(rig.Group).GetAwaiter().GetResult() is [{ Partitions.Count: 1 }]);
        Assert.Equal(1, (await view.CommittedAsync(rig.Group, rig.Input))[0]);
        Assert.Empty(await view.MembersAsync("nobody"));
    }

    [Fact]
    public async Task A_commit_that_is_not_answered_is_repeated_until_it_is()
    {
        KafkaCluster cluster = await kafka.RequireAsync();
        using KafkaRig rig = await new KafkaRig(cluster).SetUpAsync();
        await rig.FeedAsync(0, "a", "b");
        using Member member = new(rig.Source());
        bool suspended = false;
        void SuspendOnce(string call)
        {
            if (call != nameof(ITransactionalProducer.Commit) || suspended) return;
            suspended = true;
            cluster.SuspendBroker();
        }

        List<InterceptedProducer> producers = [];
        ITransactionalProducer Intercept(ITransactionalProducer inner)
        {
            producers.Add(new InterceptedProducer(inner, SuspendOnce));
            return producers[^1];
        }

        KafkaTransactionalSink sink = rig.Sink(rig.SinkOptions("0", Patient) with { CallTimeout = TimeSpan.FromSeconds(1) }, member.Kafka, Intercept);
        member.Start().PollUntil(() => member.Records.Count == 2);
        CommitRequest request = Member.Echo(member.Records.Take(1));
        // On a cold broker earlier calls may time out too.
        while (!suspended) Assert.Equal(CommitOutcome.Retry, sink.Commit(request));
        Assert.Throws<InvalidOperationException>(() => sink.Commit(Member.Echo(member.Records)));
        cluster.ResumeBroker();
        CommitOutcome outcome;
        Deadline deadline = new(TimeSpan.FromSeconds(60));
        while ((outcome = sink.Commit(request)) == CommitOutcome.Retry) deadline.Check(() => sink.LastError ?? "");
        Assert.Equal(CommitOutcome.Committed, outcome);
        Assert.Equal(["a"], rig.ReadValues(rig.Output));
        Assert.Equal(1, await rig.CommittedAsync(0));
        Assert.DoesNotContain(nameof(ITransactionalProducer.Abort), producers[0].Calls);

        // A late answer must not meet the next transaction, so that one has a producer of its own.
        while ((outcome = sink.Commit(Member.Echo(member.Records.Skip(1)))) == CommitOutcome.Retry) deadline.Check(() => sink.LastError ?? "");
        Assert.Equal(CommitOutcome.Committed, outcome);
        Assert.Equal(2, producers.Count);
        Assert.Equal(["a", "b"], rig.ReadValues(rig.Output).Order());
    }

    [Fact]
    public async Task Offsets_that_were_not_taken_are_sent_again_before_any_commit()
    {
        KafkaCluster cluster = await kafka.RequireAsync();
        using KafkaRig rig = await new KafkaRig(cluster).SetUpAsync();
        await rig.FeedAsync(0, "a");
        using Member member = new(rig.Source());
        bool suspended = false;
        void SuspendOnce(string call)
        {
            if (call != nameof(ITransactionalProducer.SendOffsets) || suspended) return;
            suspended = true;
            cluster.SuspendBroker();
        }

        InterceptedProducer? producer = null;
        KafkaTransactionalSink sink = rig.Sink(rig.SinkOptions("0", Patient) with { CallTimeout = TimeSpan.FromSeconds(1) }, member.Kafka, inner => producer = new InterceptedProducer(inner, SuspendOnce));
        member.Start().PollUntil(() => member.Records.Count == 1);
        CommitRequest request = Member.Echo(member.Records);
        // The client may wait for the group's coordinator without a limit (librdkafka issue 5456): then only its return lets the call come back.
        using Timer rescue = new(_ => cluster.ResumeBroker(), null, TimeSpan.FromSeconds(20), Timeout.InfiniteTimeSpan);
        CommitOutcome outcome = CommitOutcome.Retry;
        while (!suspended) outcome = sink.Commit(request);
        if (outcome == CommitOutcome.Retry) Assert.DoesNotContain(nameof(ITransactionalProducer.Commit), producer!.Calls);
        cluster.ResumeBroker();
        Deadline deadline = new(TimeSpan.FromSeconds(60));
        while (outcome != CommitOutcome.Committed)
        {
            Assert.True(outcome is CommitOutcome.Retry or CommitOutcome.Aborted, $"{outcome}: {sink.LastError}");
            deadline.Check(() => sink.LastError ?? "");
            member.Poll(TimeSpan.FromMilliseconds(20));
            outcome = sink.Commit(request);
        }

        Assert.Equal(["a"], rig.ReadValues(rig.Output));
        Assert.Equal(1, await rig.CommittedAsync(0));
    }

    [Fact]
    public async Task After_a_broker_was_killed_and_restarted_every_result_is_there_once()
    {
        KafkaCluster cluster = await kafka.RequireAsync();
        using KafkaRig rig = await new KafkaRig(cluster).SetUpAsync();
        await rig.FeedAsync(0, "a");
        using Member member = new(rig.Source());
        KafkaSinkOptions options = rig.SinkOptions("0", ("socket.timeout.ms", "1000"), ("message.timeout.ms", "3000")) with { CallTimeout = TimeSpan.FromSeconds(1) };
        KafkaTransactionalSink sink = rig.Sink(options, member.Kafka, inner => inner);
        member.Start().PollUntil(() => member.Records.Count == 1);
        cluster.KillBroker();
        CommitRequest request = Member.Echo(member.Records);
        // Longer than message.timeout.ms: the records fail, and the abort of a transaction that the broker never heard of may be fatal.
        CommitOutcome outcome = sink.Commit(request);
        for (int i = 0; i < 5 && outcome == CommitOutcome.Retry; i++) outcome = sink.Commit(request);
        Assert.NotEqual(CommitOutcome.Committed, outcome);
        await cluster.RestartBrokerAsync(TestContext.Current.CancellationToken);
        Deadline deadline = new(TimeSpan.FromSeconds(60));
        while (outcome != CommitOutcome.Committed)
        {
            deadline.Check(() => $"{outcome}: {sink.LastError}");
            Assert.NotEqual(CommitOutcome.Fatal, outcome);
            if (outcome == CommitOutcome.Fenced) sink = rig.Sink(options, member.Kafka, inner => inner);
            if (outcome != CommitOutcome.Retry)
            {
                member.Poll(TimeSpan.FromMilliseconds(50));
                // A slow restart outlives the session: then the partition, and with it the record, came anew.
                member.PollUntil(() => member.Records.Exists(record => record.Assignment.IsActive));
                request = Member.Echo(member.Records.Where(record => record.Assignment.IsActive));
            }

            outcome = sink.Commit(request);
        }

        await rig.FeedAsync(0, "b");
        member.PollUntil(() => member.Values.Last() == "b");
        Assert.Equal(["a"], rig.ReadValues(rig.Output));
        Assert.Equal(1, await rig.CommittedAsync(0));
    }
}
