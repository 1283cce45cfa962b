using System.Diagnostics;
using Confluent.Kafka;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.TokenStreams;

/// <summary>
/// Workers are killed and frozen in the middle of answers; a reader finds for each request the tokens 0..n without gap or repeat, one final record,
/// and the text of the undisturbed run.
/// </summary>
public abstract class TokenStreamChaosSuite
{
    private const int Requests = 48;
    private const int Partitions = 3;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(120);

    // In CI; the documented long run sets more.
    private static readonly int Kills = FromEnvironment("TOKEN_STREAM_KILLS", 12);
    private static readonly int Zombies = FromEnvironment("TOKEN_STREAM_ZOMBIES", 1);

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task An_answer_survives_crashes_in_the_middle_unchanged()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        KafkaCluster cluster = await ClusterAsync();
        AnswerReader undisturbed = await RunAsync(cluster, null);
        int kills = 0, zombies = 0, midAnswer = 0;
        while (kills < Kills || zombies < Zombies)
        {
            Chaos chaos = new(new Random(seed + kills), Math.Min(12, Kills - kills), kills == 0 ? Zombies : 0);
            AnswerReader disturbed = await RunAsync(cluster, chaos);
            kills += chaos.KillsDone;
            zombies += chaos.ZombiesDone;
            midAnswer += chaos.MidAnswer;
            Compare(undisturbed, disturbed, seed);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {zombies} zombies, {midAnswer} of them with an answer under way");
        Assert.True(midAnswer > 0, "No fault hit an answer under way.");
    }

    private static void Compare(AnswerReader expected, AnswerReader actual, int seed)
    {
        Assert.True(actual.Violations.Count == 0, $"seed {seed}:\n{string.Join('\n', actual.Violations)}");
        Assert.Equal(expected.Answers.Keys.Order(), actual.Answers.Keys.Order());
        foreach ((string id, Answer answer) in expected.Answers)
        {
            Assert.Equal(answer.Tokens, actual.Answers[id].Tokens);
            Assert.Equal(answer.Text, actual.Answers[id].Text);
            Assert.Equal(answer.FinishReason, actual.Answers[id].FinishReason);
        }
    }

    private static async Task<AnswerReader> RunAsync(KafkaCluster cluster, Chaos? chaos)
    {
        using PromptStream stream = await PromptStream.CreateAsync(cluster, Partitions);
        await stream.FeedAsync(Requests);
        using CommittedReader reader = new(cluster, stream.Topics.Name("reader"), stream.Output);
        using WorkerProcess first = new(stream.PipelineFile, cluster.BootstrapServers, "a");
        using WorkerProcess second = new(stream.PipelineFile, cluster.BootstrapServers, "b");
        AnswerReader answers = new();
        Stopwatch quiet = Stopwatch.StartNew();
        while (answers.Finished < Requests && answers.Violations.Count == 0)
        {
            ConsumeResult<byte[]?, byte[]?>? record = reader.Next();
            if (record is not null)
            {
                quiet.Restart();
                answers.Take(record.Message.Value!);
            }

            Assert.True(quiet.Elapsed < Quiet, $"Nothing came for {quiet.Elapsed.TotalSeconds:F0} s: {answers.Finished} of {Requests} answers.");
            if (chaos is not null) await chaos.StepAsync([first, second], answers);
        }

        // What would be repeated comes after the end.
        for (quiet.Restart(); quiet.Elapsed < TimeSpan.FromSeconds(2);)
            if (reader.Next() is { Message.Value: { } late }) answers.Take(late);
        return answers;
    }

    private static int FromEnvironment(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), out int number) ? number : otherwise;

    /// <summary>Kills and freezes by progress: a fault comes after so many further tokens, never by the clock.</summary>
    private sealed class Chaos(Random random, int kills, int zombies)
    {
        private int _next = 60;

        public int KillsDone { get; private set; }

        public int ZombiesDone { get; private set; }

        public int MidAnswer { get; private set; }

        public async Task StepAsync(WorkerProcess[] workers, AnswerReader answers)
        {
            if (answers.Tokens < _next || (KillsDone >= kills && ZombiesDone >= zombies)) return;
            if (answers.Answers.Values.Any(answer => !answer.IsFinished)) MidAnswer++;
            int victim = random.Next(workers.Length);
            if (ZombiesDone < zombies)
            {
                await ZombieAsync(workers[victim], workers[1 - victim]);
                ZombiesDone++;
            }
            else
            {
                workers[victim].KillAndRestart();
                KillsDone++;
            }

            _next = answers.Tokens + random.Next(40, 250);
        }

        /// <summary>Stops one beyond its session, lets the other take over, kills that one, and lets the first go on.</summary>
        private static async Task ZombieAsync(WorkerProcess zombie, WorkerProcess successor)
        {
            zombie.Freeze();
            await Task.Delay(TimeSpan.FromSeconds(9), TestContext.Current.CancellationToken);
            successor.KillAndRestart();
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            zombie.Thaw();
        }
    }
}

[Collection(WorkerProcess.Collection)]
public sealed class TokenStreamChaosOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : TokenStreamChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class TokenStreamChaosOnRealKafka(RealKafkaFixture kafka) : TokenStreamChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
