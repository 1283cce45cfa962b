using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Broker.Groups;
using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol;
using StreamInference.Broker.State;
using StreamInference.Broker.Tests.Logs;
using StreamInference.Broker.Topics;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker.Tests.State;

/// <summary>A transaction over two partitions and a group, with a copy of the files at every write of the journal.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broker_that_dies_at_any_write_of_a_transaction_leaves_all_of_it_or_nothing(bool commit)
    {
        using var folder = new TemporaryFolder();
        var copies = new List<TemporaryFolder>();
        await RunTransactionAsync(folder, commit, () => copies.Add(folder.CopyAsAfterKill()));
        Assert.True(copies.Count >= 6, $"{copies.Count} writes");

        var outcomes = new List<bool>();
        foreach (var copy in copies) outcomes.Add(await ReopenAsync(copy));
        Assert.Equal(outcomes.Order(), outcomes); // nothing, then from some write on everything
        Assert.Equal(commit, outcomes[^1]);
        Assert.False(outcomes[0]);

        foreach (var copy in copies) copy.Dispose();
    }

    [Fact]
    public async Task A_broker_that_dies_between_two_markers_writes_the_missing_one()
    {
        using var folder = new TemporaryFolder();
        var copies = new List<TemporaryFolder>();
        await RunTransactionAsync(folder, commit: true, () => copies.Add(folder.CopyAsAfterKill()));
        var decided = copies.First(static copy => Decision(copy) == TransactionState.PrepareCommit); // with both markers
        File.Copy(LogOf(copies[0], 0).FullName, LogOf(decided, 0).FullName, overwrite: true); // and now with the second one only

        Assert.True(await ReopenAsync(decided));
        foreach (var copy in copies) copy.Dispose();
    }

    private static FileInfo LogOf(TemporaryFolder folder, int partition) =>
        new(Directory.GetFiles(Path.Combine(folder.Path, "logs", $"topic-{partition}"), "*.log").Single());

    private static TransactionState Decision(TemporaryFolder folder) =>
        (TransactionState)FileStateJournal.Read(Path.Combine(folder.Path, "state.journal")).OfType<TransactionEntry>().Last().State;

    private static async Task RunTransactionAsync(TemporaryFolder folder, bool commit, Action written)
    {
        using var files = new FileStateJournal(Path.Combine(folder.Path, "state.journal"));
        files.Rewrite();
        var journal = new WatchedJournal(files);
        await using var loop = new BrokerLoop(new FakeTimeProvider(), NullLogger.Instance);
        var state = Create(loop, journal, folder);
        using var topics = state.Topics;
        await loop.InvokeAsync(() =>
        {
            topics.Create("topic", 2, TopicSettings.Create(new Dictionary<string, string>(), topics.Defaults).Settings!);
            var producer = state.Transactions.Initialize("id", TimeSpan.FromMinutes(1), -1, -1);
            TopicPartition[] partitions = [new("topic", 0), new("topic", 1)];
            state.Transactions.AddPartitions("id", producer.ProducerId, producer.Epoch, partitions);
            foreach (var key in partitions)
                topics.Find(key.Topic, key.Partition)!.Log.Append(TestBatch.Idempotent(producer.ProducerId, producer.Epoch, 0, transactional: true).ToBytes(), state.Now);
            journal.Written = written;
            state.Transactions.AddGroup("id", producer.ProducerId, producer.Epoch, "group");
            state.Groups.FindOrCreate("group").Offsets.AddPending(producer.ProducerId, [KeyValuePair.Create(partitions[0], new CommittedOffset(5, -1, null, 0))]);
            Assert.Equal(ErrorCode.None, state.Transactions.End("id", producer.ProducerId, producer.Epoch, commit));
            written();
            return 0;
        });
    }

    /// <summary>Opens what was left, lets the next producer take over, and says whether the transaction took place.</summary>
    private static async Task<bool> ReopenAsync(TemporaryFolder folder)
    {
        await using var broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { LogDirectory = folder.Path }, TestContext.Current.CancellationToken);
        return await broker.Loop.InvokeAsync(() =>
        {
            Assert.Equal(ErrorCode.None, broker.State.Transactions.Initialize("id", TimeSpan.FromMinutes(1), -1, -1).Error);
            var visible = broker.State.Topics.Find("topic")!.Partitions.Select(static partition => LogModel.ReadCommitted(partition.Log).Count).ToList();
            Assert.All(broker.State.Topics.Find("topic")!.Partitions, static partition => Assert.Equal(partition.Log.EndOffset, partition.Log.LastStableOffset));
            var offsets = broker.State.Groups.Find("group")?.Offsets;
            var committed = offsets is not null && offsets.Committed.ContainsKey(new TopicPartition("topic", 0));
            Assert.NotEqual(true, offsets?.IsUnstable(new TopicPartition("topic", 0)));
            Assert.All(visible, count => Assert.Equal(committed ? 1 : 0, count));
            return committed;
        });
    }

    private static BrokerState Create(BrokerLoop loop, StateJournal journal, TemporaryFolder folder)
    {
        var options = new EmbeddedBrokerOptions();
        var topics = new TopicCatalog(journal, new LogFactory(Path.Combine(folder.Path, "logs"), options.TimeProvider, NullLogger.Instance), new LogOptions());
        var groups = new GroupCoordinator(loop, journal, TimeSpan.Zero);
        return new BrokerState
        {
            Options = options,
            Loop = loop,
            Topics = topics,
            Groups = groups,
            Transactions = new TransactionCoordinator(loop, journal, topics, groups, options.TimeProvider, options.MaxTransactionTimeout),
        };
    }

    /// <summary>Tells of every write, before it is done: what is on the disk is then what a death at this write leaves.</summary>
    private sealed class WatchedJournal(StateJournal inner) : StateJournal
    {
        public Action? Written { get; set; }

        public override void Write(IMessage entry)
        {
            Written?.Invoke();
            inner.Write(entry);
        }

        public override void Dispose() => inner.Dispose();
    }
}
