using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.TokenStreams;

/// <summary>
/// Workers and brokers are killed and frozen in the middle of answers; a reader finds for each request the tokens 0..n without gap or repeat, one
/// final record, and the text of the undisturbed run.
/// </summary>
/// <remarks>
/// The long run of the README: <c>TOKEN_STREAM_KILLS</c>, <c>TOKEN_STREAM_ZOMBIES</c>, <c>TOKEN_STREAM_BROKER_KILLS</c>; <c>TOKEN_STREAM_SEED</c>
/// repeats the choices of a run.
/// </remarks>
public abstract class TokenStreamChaosSuite
{
    private static readonly int Seed = FromEnvironment("TOKEN_STREAM_SEED", Random.Shared.Next());
    private static readonly int Kills = FromEnvironment("TOKEN_STREAM_KILLS", 40);
    private static readonly int Zombies = FromEnvironment("TOKEN_STREAM_ZOMBIES", 6);

    /// <summary>Broker kills of a run that names no number.</summary>
    protected abstract int UsualBrokerKills { get; }

    /// <summary>A cluster for this test alone where one can be made, else the shared one, whose broker cannot be killed.</summary>
    protected abstract Task<KafkaCluster> StartClusterAsync();

    [Fact]
    public async Task An_answer_survives_crashes_in_the_middle_unchanged()
    {
        KafkaCluster cluster = await StartClusterAsync();
        await using IAsyncDisposable? owned = cluster.CanFail ? cluster : null;
        Report($"seed {Seed}, {cluster.Description}");
        AnswerReader undisturbed = await RunUndisturbedAsync(cluster);
        int brokerKills = cluster.CanFail ? FromEnvironment("TOKEN_STREAM_BROKER_KILLS", UsualBrokerKills) : 0;
        ChaosPlan plan = new(Seed, Kills, Zombies, brokerKills);
        using PromptStream stream = await CreateStreamAsync(cluster);
        using ChaosRun run = new(cluster, stream);
        try
        {
            await run.RunAsync(plan);
        }
        finally
        {
            Report(run.Summary());
        }

        Assert.Equal((Kills, Zombies, brokerKills), (run.Kills, run.Zombies, run.BrokerKills));
        Assert.True(run.Interrupted >= plan.Faults.Count * ChaosRun.Partitions, "A fault hit no answer under way.");
        Compare(undisturbed, run.Answers);
    }

    private static async Task<AnswerReader> RunUndisturbedAsync(KafkaCluster cluster)
    {
        using PromptStream stream = await CreateStreamAsync(cluster);
        using ChaosRun run = new(cluster, stream);
        run.RunUndisturbed();
        return run.Answers;
    }

    // Short sessions and transactions, so that a frozen worker is replaced soon. A cluster that someone else runs may refuse less than six seconds.
    private static Task<PromptStream> CreateStreamAsync(KafkaCluster cluster) => PromptStream.CreateAsync(
        cluster,
        ChaosRun.Partitions,
        cluster.CanFail
            ? "kafka: { consumer: { session.timeout.ms: 3000, heartbeat.interval.ms: 500 }, producer: { transaction.timeout.ms: 5000 } }"
            : "kafka: { producer: { transaction.timeout.ms: 5000 } }");

    private static void Compare(AnswerReader expected, AnswerReader actual)
    {
        Dictionary<int, Answer> byKind = expected.Answers.ToDictionary(answer => PromptStream.NumberOf(answer.Key), answer => answer.Value);
        foreach ((string id, Answer answer) in actual.Answers)
        {
            Answer undisturbed = byKind[PromptStream.NumberOf(id) % PromptStream.Prompts];
            Assert.Equal(undisturbed.Tokens, answer.Tokens);
            Assert.Equal(undisturbed.Text, answer.Text);
            Assert.Equal(undisturbed.FinishReason, answer.FinishReason);
        }
    }

    private static void Report(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage(line);
    }

    private static int FromEnvironment(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), out int number) ? number : otherwise;
}

[Collection(WorkerProcess.Collection)]
public sealed class TokenStreamChaosOnEmbeddedBroker : TokenStreamChaosSuite
{
    protected override int UsualBrokerKills => 2;

    protected override Task<KafkaCluster> StartClusterAsync() => EmbeddedBrokerProcess.StartAsync(TestContext.Current.CancellationToken);
}

[Collection(WorkerProcess.Collection)]
public sealed class TokenStreamChaosOnRealKafka(RealKafkaFixture kafka) : TokenStreamChaosSuite
{
    // A starved Kafka 4.3.1 may lose the markers of its transactions when it is killed alone (DESIGN.md, "Non-obvious"), and then no client can be right.
    protected override int UsualBrokerKills => 0;

    protected override Task<KafkaCluster> StartClusterAsync() => RealKafkaFixture.CanStartOwn
        ? RealKafkaFixture.StartOwnAsync(["group.min.session.timeout.ms=1000"], TestContext.Current.CancellationToken)
        : kafka.RequireAsync();
}
