using System.Globalization;
using System.Text;
using StreamInference.Kafka;
using StreamInference.Kafka.Sinks;
using StreamInference.Pipeline;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance.Progress;

/// <summary>
/// Each rule of the progress protocol with the schedule that needs it: kept, a reader finds the numbers of a request once and in order; left out,
/// the same schedule shows a repeat. A rule whose test passes without it would not be tested.
/// </summary>
public abstract class ProgressProtocolSuite
{
    // Longer than an owner that does not wait needs to come to the hook; one that waits as it should never comes to it.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    /// <summary>The cluster under test; skips the test where there is none.</summary>
    protected abstract Task<KafkaCluster> ClusterAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_zombie_whose_offset_did_not_move_is_refused_because_it_sends_it_nevertheless(bool kept) =>
        ZombieAsync(kept, ProtocolRules.All with { UnmovedOffsets = kept });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_zombie_is_refused_because_it_says_which_member_it_is(bool kept) =>
        ZombieAsync(kept, ProtocolRules.All with { NamedMember = kept });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_was_lost_is_not_taken_for_an_abort(bool kept)
    {
        using Stage stage = await Stage.SetAsync(await ClusterAsync(), ProtocolRules.All with { UndecidedCommit = kept });
        LosesOneAnswer? producer = null;
        using StreamOwner owner = stage.Owner("a", options => options with { Around = (inner, _) => producer = new LosesOneAnswer(inner) }).TakeOver();
        producer!.Armed = true;
        Assert.Equal(WorkerStatus.Running, owner.Generate(1));
        Assert.False(producer.Armed, "No answer was lost.");
        Assert.Equal(WorkerStatus.Running, owner.Generate(1));
        stage.Verify(kept, expected: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_third_owner_reads_behind_the_open_transaction_of_a_zombie(bool kept)
    {
        using Stage stage = await Stage.SetAsync(await ClusterAsync(), ProtocolRules.All with { EndBehindOpenTransactions = kept });
        bool armed = false, stopped = false;
        void Stopped(string call)
        {
            if (!armed || call != nameof(ITransactionalProducer.SendOffsets)) return;
            armed = false;
            // The zombie's progress is in the log, its transaction open: the last stable offset stands before it.
            using StreamOwner second = stage.Owner("b").TakeOver();
            Assert.Equal(WorkerStatus.Running, second.Generate(1));
            using StreamOwner third = stage.Owner("c").TakeOver();
            Assert.Equal(WorkerStatus.Running, third.Generate(1));
            stopped = true;
        }

        // An owner that keeps the rule waits until the broker ends the transaction; one that does not never notices, so it may stay open.
        using StreamOwner first = stage.Owner("a", options => options with
        {
            Around = (inner, _) => new InterceptedProducer(inner, Stopped),
            ProducerSettings = [("transaction.timeout.ms", kept ? "3000" : "60000")],
        }).TakeOver();
        first.Generate(1);
        armed = true;
        Assert.Equal(WorkerStatus.Fenced, first.Generate(1));
        Assert.True(stopped);
        stage.Verify(kept, expected: 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_committed_offset_that_an_open_transaction_can_move_is_waited_for(bool kept)
    {
        using Stage stage = await Stage.SetAsync(await ClusterAsync(), ProtocolRules.All with { StableCommittedOffset = kept }, lengths: [2, 2]);
        using ManualResetEventSlim looked = new(), committed = new();
        // The second owner stands in A2 until the zombie has committed: what it found in A1 was there before.
        using StreamOwner second = stage.Owner("b", options => options with { EndFound = () => Pass(looked, committed) });
        Task<StreamOwner>? takeOver = null;
        bool armed = false;
        void Stopped(string call)
        {
            if (!armed || call != nameof(ITransactionalProducer.Commit)) return;
            armed = false;
            takeOver = Task.Run(second.TakeOver, TestContext.Current.CancellationToken);
            looked.Wait(Moment, TestContext.Current.CancellationToken);
        }

        using StreamOwner first = stage.Owner("a", options => options with { Around = (inner, _) => new InterceptedProducer(inner, Stopped) }).TakeOver();
        first.Generate(1);
        armed = true;
        // The last number of both requests: the committed offset passes them, and their progress is deleted.
        Assert.Equal(WorkerStatus.Running, first.Generate(1));
        committed.Set();
        await stage.Rig.FeedAsync(0, "1");
        await takeOver!;
        Assert.Equal(WorkerStatus.Running, second.Generate(2));
        stage.Verify(kept, expected: [2, 2, 1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_the_progress_is_looked_for_after_the_committed_offset(bool kept)
    {
        using Stage stage = await Stage.SetAsync(await ClusterAsync(), ProtocolRules.All with { EndAfterCommittedOffset = kept }, lengths: [9, 9]);
        using ManualResetEventSlim looked = new();
        // Of the zombie's two writes behind the end a reader may still see the first.
        using StreamOwner second = stage.Owner("b", options => options with { EndFound = looked.Set });
        Task<StreamOwner>? takeOver = null;
        SendsOffsetsEarly? producer = null;
        void Stopped()
        {
            takeOver = Task.Run(second.TakeOver, TestContext.Current.CancellationToken);
            looked.Wait(Moment, TestContext.Current.CancellationToken);
        }

        using StreamOwner first = stage.Owner("a", options => options with { Around = (inner, owner) => producer = new SendsOffsetsEarly(inner, owner, Stopped) }).TakeOver();
        first.Generate(1);
        producer!.Armed = true;
        Assert.Equal(WorkerStatus.Running, first.Generate(1));
        await takeOver!;
        Assert.Equal(WorkerStatus.Running, second.Generate(1));
        stage.Verify(kept, expected: [3, 3]);
    }

    /// <summary>An owner is stopped before its transaction, another takes over and goes on, and the first wakes up.</summary>
    private async Task ZombieAsync(bool kept, ProtocolRules rules)
    {
        using Stage stage = await Stage.SetAsync(await ClusterAsync(), rules);
        bool armed = false, stopped = false;
        void Stopped(string call)
        {
            if (!armed || call != nameof(ITransactionalProducer.Begin)) return;
            armed = false;
            using StreamOwner second = stage.Owner("b").TakeOver();
            Assert.Equal(WorkerStatus.Running, second.Generate(1));
            stopped = true;
        }

        using StreamOwner first = stage.Owner("a", options => options with { Around = (inner, _) => new InterceptedProducer(inner, Stopped) }).TakeOver();
        first.Generate(1);
        armed = true;
        Assert.Equal(kept ? WorkerStatus.Fenced : WorkerStatus.Running, first.Generate(1));
        Assert.True(stopped);
        stage.Verify(kept, expected: 2);
    }

    private static void Pass(ManualResetEventSlim reached, ManualResetEventSlim until)
    {
        reached.Set();
        until.Wait(TestContext.Current.CancellationToken);
    }

    /// <summary>Topics with requests in one partition, and what a reader finds in the end.</summary>
    private sealed class Stage(KafkaRig rig, string progress, ProtocolRules rules) : IDisposable
    {
        public KafkaRig Rig => rig;

        public static async Task<Stage> SetAsync(KafkaCluster cluster, ProtocolRules rules, int[]? lengths = null)
        {
            KafkaRig rig = await new KafkaRig(cluster).SetUpAsync();
            string progress = await rig.CreateTopicAsync("progress", 1, new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
            foreach (int length in lengths ?? [9]) await rig.FeedAsync(0, length.ToString(CultureInfo.InvariantCulture));
            return new Stage(rig, progress, rules);
        }

        public StreamOwner Owner(string name, Func<StreamOwnerOptions, StreamOwnerOptions>? with = null)
        {
            StreamOwnerOptions options = new(rig, progress, name, rules);
            return new StreamOwner(with?.Invoke(options) ?? options);
        }

        /// <summary>Kept: of each request the numbers 0 to n − 1, once. Left out: one of them again.</summary>
        public void Verify(bool kept, params int[] expected)
        {
            Dictionary<string, List<int>> seen = [];
            foreach (var record in rig.Read(rig.Output))
            {
                string source = Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes("si-source"));
                if (!seen.TryGetValue(source, out List<int>? numbers)) seen[source] = numbers = [];
                numbers.AddRange(Encoding.UTF8.GetString(record.Message.Value!).Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture)));
            }

            List<List<int>> found = [.. seen.OrderBy(request => request.Key, StringComparer.Ordinal).Select(request => request.Value)];
            if (kept) Assert.Equal(expected.Select(count => Enumerable.Range(0, count).ToList()), found);
            else Assert.Contains(found, numbers => numbers.Distinct().Count() < numbers.Count);
        }

        public void Dispose() => rig.Dispose();
    }
}
