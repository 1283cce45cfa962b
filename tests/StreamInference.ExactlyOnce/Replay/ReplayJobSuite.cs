using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Replay.Running;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Replay;

/// <summary>The life of a job: planned once, run by one or by several, finished, cancelled, refused.</summary>
public abstract class ReplayJobSuite
{
    protected abstract Task<KafkaCluster> ClusterAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_answers_every_record_of_its_bound_and_is_finished_then()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster);
        // Partition 2 stays empty; partition 1 ends in aborted records.
        Feed(cluster, bench.Input, 0, 100);
        Feed(cluster, bench.Input, 1, 50);
        FeedNull(cluster, bench.Input, 1);
        FeedAborted(cluster, bench, 1);
        using ReplayRun run = await bench.FinishAsync(bench.Request());
        ReplayReport report = run.Report();
        Assert.Equal((150, 1, true), (report.Results, report.DeadLetters, report.IsWhole));
        Assert.Equal([new CodeCount("null_value", 1)], report.DeadLettersByCode);
        Assert.Equal([100, 51, 0], report.Partitions.Select(partition => partition.Records));
        KeyDigests answers = KeyDigests.Read(cluster, bench.Topics.Name("reader"), bench.Output);
        Assert.Equal((151, 0), (answers.Count, answers.Repeated));

        ReplayStart again = await bench.PrepareAsync(bench.Request());
        Assert.Equal((ReplayVerdict.AlreadyFinished, null), (again.Verdict, again.Run));
        Assert.Contains("nothing is left to do", again.Message, StringComparison.Ordinal);
        Assert.Equal(ReplayState.Finished, bench.Runner.Jobs.Find(bench.Output)!.State);
    }

    [Fact]
    public async Task The_bound_is_fixed_once_whatever_comes_later()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1);
        Feed(cluster, bench.Input, 0, 40);
        using (await bench.StartAsync(bench.Request()))
        {
            // Planned and left: the next start finds the bound of this one.
        }

        Feed(cluster, bench.Input, 0, 25);
        using ReplayRun run = await bench.FinishAsync(bench.Request());
        Assert.Equal([new ReplayedPartition(0, 0, 40, 40, 40)], run.Report().Partitions);
    }

    [Fact]
    public async Task A_topic_that_grows_while_the_job_runs_is_left_alone_behind_the_bound()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1);
        Feed(cluster, bench.Input, 0, 500);
        bench.Gate.Reset();
        using ReplayRun run = await bench.StartAsync(bench.Request());
        Task<ReplayOutcome> running = run.RunAsync(Cancellation);
        Feed(cluster, bench.Input, 0, 500);
        bench.Gate.Set();
        Assert.Equal(ReplayOutcome.Finished, await running);
        Assert.Equal(500, KeyDigests.Read(cluster, bench.Topics.Name("reader"), bench.Output).Count);
    }

    [Fact]
    public async Task A_second_runner_is_refused_and_with_join_it_shares_the_work()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 4);
        for (int partition = 0; partition < 4; partition++) Feed(cluster, bench.Input, partition, 300);
        bench.Gate.Reset();
        using ReplayRun first = await bench.StartAsync(bench.Request());
        Task<ReplayOutcome> running = first.RunAsync(Cancellation);
        ReplayStart refused = await bench.PrepareAsync(bench.Request());
        Assert.Equal(ReplayVerdict.AlreadyRunning, refused.Verdict);
        Assert.Contains("--join", refused.Message, StringComparison.Ordinal);

        using ReplayRun second = await bench.StartAsync(bench.Request(joins: true));
        Task<ReplayOutcome> joined = second.RunAsync(Cancellation);
        await WaitAsync(() => Task.FromResult(bench.HeldModels == 2));
        Assert.Equal(2, (await bench.Runner.RunnersAsync(first.Job)).Count);
        bench.Gate.Set();
        Assert.Equal(ReplayOutcome.Finished, await running);
        Assert.Equal(ReplayOutcome.Finished, await joined);
        KeyDigests answers = KeyDigests.Read(cluster, bench.Topics.Name("reader"), bench.Output);
        Assert.Equal((1200, 0), (answers.Count, answers.Repeated));
        Assert.All([first, second], run => Assert.True(run.Report().Results > 0, "A runner had no share."));
        Assert.Equal(1200, first.Report().Results + second.Report().Results);
        Assert.False(second.Report().IsWhole);
    }

    [Fact]
    public async Task A_cancelled_job_stops_its_runner_and_is_not_started_again()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1);
        Feed(cluster, bench.Input, 0, 2000);
        bench.Gate.Reset();
        using ReplayRun run = await bench.StartAsync(bench.Request());
        Task<ReplayOutcome> running = run.RunAsync(Cancellation);
        await WaitAsync(() => Task.FromResult(bench.Runner.Jobs.Find(bench.Output) is { State: ReplayState.Running }));
        Assert.Equal(ReplayState.Cancelled, bench.Runner.Cancel(bench.Output)!.State);
        // Only then may the model answer: else the job could be done before its runner hears of it.
        await WaitAsync(() => Task.FromResult(run.IsCancelled));
        bench.Gate.Set();
        Assert.Equal(ReplayOutcome.Cancelled, await running);
        Assert.Equal(ReplayVerdict.AlreadyCancelled, (await bench.PrepareAsync(bench.Request())).Verdict);
        Assert.Null(bench.Runner.Cancel("absent"));
    }

    [Fact]
    public async Task Expired_offsets_are_named_and_passed_over_only_where_that_is_allowed()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1);
        Feed(cluster, bench.Input, 0, 100);
        using (await bench.StartAsync(bench.Request()))
        {
        }

        using IAdminClient admin = Admin(cluster);
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(bench.Input, 0, 30)]);
        ReplayStart refused = await bench.PrepareAsync(bench.Request());
        Assert.Equal(ReplayVerdict.OffsetsGone, refused.Verdict);
        Assert.Contains("partition 0: offsets 0 to 29", refused.Message, StringComparison.Ordinal);
        using ReplayRun run = await bench.FinishAsync(bench.Request(allowsGone: true));
        Assert.Equal((70, 1), (run.Report().Results, run.Report().Gone.Count));
        Assert.Equal(new GoneRange(0, 0, 30), run.Report().Gone[0]);
    }

    [Fact]
    public async Task A_job_whose_group_lost_its_offsets_is_refused_instead_of_done_twice()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1);
        Feed(cluster, bench.Input, 0, 100);
        using (await bench.StartAsync(bench.Request()))
        {
        }

        bench.Runner.Jobs.Update(bench.Output, job => job with { HasProgress = true });
        Assert.Equal(ReplayVerdict.ProgressLost, (await bench.PrepareAsync(bench.Request())).Verdict);
    }

    [Fact]
    public async Task Bounds_by_time_and_by_offset_replay_exactly_those_records()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 2);
        DateTimeOffset start = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        Feed(cluster, bench.Input, 0, 100, i => start + TimeSpan.FromSeconds(i));
        Feed(cluster, bench.Input, 1, 100, i => start + TimeSpan.FromSeconds(2 * i));
        string Time(int seconds) => (start + TimeSpan.FromSeconds(seconds)).ToString("O", CultureInfo.InvariantCulture);
        using ReplayRun byTime = await bench.FinishAsync(bench.Request(from: Time(10), to: Time(30)));
        Assert.Equal([(10, 30), (5, 15)], byTime.Report().Partitions.Select(partition => ((int)partition.From, (int)partition.To)));
        Assert.Equal(30, byTime.Report().Results);
        using ReplayRun byOffset = await bench.FinishAsync(bench.Request(bench.Topics.Name("offsets"), from: "1:20", to: "1:25"));
        Assert.Equal([new ReplayedPartition(1, 20, 25, 25, 5)], byOffset.Report().Partitions);
    }

    [Fact]
    public async Task The_live_groups_offsets_are_not_touched_and_another_job_of_the_id_is_refused()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1);
        Feed(cluster, bench.Input, 0, 100);
        using IAdminClient admin = Admin(cluster);
        await admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(bench.Live, [new TopicPartitionOffset(bench.Input, 0, 7)])]);
        using ReplayRun run = await bench.FinishAsync(bench.Request());
        using ClusterView view = new(bench.Settings);
        Assert.Equal(7, (await view.CommittedAsync(bench.Live, bench.Input))[0]);
        Assert.Equal(100, (await view.CommittedAsync(run.Job.Group, bench.Input))[0]);

        InvalidConfigurationException refused = await Assert.ThrowsAsync<InvalidConfigurationException>(() => bench.PrepareAsync(bench.Request(to: "50")));
        Assert.Contains("to is latest, not 50", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<InvalidConfigurationException>(() => bench.PrepareAsync(bench.Request(bench.Topics.Name("other"), from: "soon", to: "0:999")));
        Assert.Contains("soon", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_that_plan_at_once_have_one_bound()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1);
        ReplayJob[] planned = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(
            async () =>
            {
                using ReplayJobStore store = await ReplayJobStore.OpenAsync(bench.Settings);
                return store.Add(JobOf(bench.Output, i));
            },
            Cancellation)));
        Assert.Single(planned.Select(job => job.Partitions[0].To).Distinct());
        Assert.Equal(planned[0].Partitions, bench.Runner.Jobs.Find(bench.Output)!.Partitions);
    }

    private static ReplayJob JobOf(string id, long to) => new()
    {
        Id = id,
        State = ReplayState.Planned,
        Pipeline = "p",
        Model = "m@1",
        SourceTopic = "s",
        OutputTopic = id,
        DeadLetterTopic = id + ".dlq",
        From = "earliest",
        To = "latest",
        Partitions = [new PartitionBound(0, 0, to)],
        PlannedAt = DateTimeOffset.UnixEpoch,
        ChangedAt = DateTimeOffset.UnixEpoch,
    };

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(40));
        while (!await condition()) await Task.Delay(50, limit.Token);
    }

    private static void Feed(KafkaCluster cluster, string topic, int partition, int count, Func<int, DateTimeOffset>? time = null)
    {
        using IProducer<byte[], byte[]?> producer = Producer(cluster, null);
        for (int i = 0; i < count; i++)
        {
            Message<byte[], byte[]?> message = new() { Key = Encoding.UTF8.GetBytes($"key-{partition}-{i % 7}"), Value = Encoding.UTF8.GetBytes($"{partition}:{i}") };
            if (time is not null) message.Timestamp = new Timestamp(time(i));
            producer.Produce(new TopicPartition(topic, partition), message);
        }

        producer.Flush(TimeSpan.FromSeconds(30));
    }

    private static void FeedNull(KafkaCluster cluster, string topic, int partition)
    {
        using IProducer<byte[], byte[]?> producer = Producer(cluster, null);
        producer.Produce(new TopicPartition(topic, partition), new Message<byte[], byte[]?> { Key = "null"u8.ToArray(), Value = null });
        producer.Flush(TimeSpan.FromSeconds(30));
    }

    private static void FeedAborted(KafkaCluster cluster, ReplayBench bench, int partition)
    {
        using IProducer<byte[], byte[]?> producer = Producer(cluster, bench.Topics.Name("aborting"));
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        for (int i = 0; i < 5; i++) producer.Produce(new TopicPartition(bench.Input, partition), new Message<byte[], byte[]?> { Key = "aborted"u8.ToArray(), Value = "aborted"u8.ToArray() });
        producer.Flush(TimeSpan.FromSeconds(30));
        producer.AbortTransaction(TimeSpan.FromSeconds(30));
    }

    private static IProducer<byte[], byte[]?> Producer(KafkaCluster cluster, string? transactionalId) =>
        new ProducerBuilder<byte[], byte[]?>(new ProducerConfig { BootstrapServers = cluster.BootstrapServers, LingerMs = 5, TransactionalId = transactionalId })
            .SetValueSerializer(Serializers.ByteArray!).SetLogHandler((_, _) => { }).Build();

    private static IAdminClient Admin(KafkaCluster cluster) => new AdminClientBuilder([new("bootstrap.servers", cluster.BootstrapServers)]).SetLogHandler((_, _) => { }).Build();
}

[Collection(WorkerProcess.Collection)]
public sealed class ReplayJobOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : ReplayJobSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class ReplayJobOnRealKafka(RealKafkaFixture kafka) : ReplayJobSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
