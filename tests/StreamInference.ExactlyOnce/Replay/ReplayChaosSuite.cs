using System.Diagnostics;
using System.Globalization;
using StreamInference.ExactlyOnce.Fraud;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Replay;

/// <summary>
/// A replay whose runner is killed again and again leaves the bytes of an undisturbed one, in order for each key. REPLAY_KILLS and REPLAY_RECORDS make it
/// longer: 100 kills over 1,000,000 records are the documented run.
/// </summary>
public abstract class ReplayChaosSuite
{
    private const int Partitions = 4;

    private static int Records { get; } = Setting("REPLAY_RECORDS", 120_000);

    private static int Kills { get; } = Setting("REPLAY_KILLS", 20);

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task A_killed_replay_leaves_the_bytes_of_an_undisturbed_one()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        KafkaCluster cluster = await ClusterAsync();
        using FraudStream stream = await FraudStream.CreateAsync(cluster, Partitions);
        stream.Feed(Records, (ulong)(uint)seed);
        string pipeline = await WritePipelineAsync(stream);
        string undisturbed = stream.Topics.Name("undisturbed"), killed = stream.Topics.Name("killed");
        using (ReplayProcess process = new(pipeline, cluster, undisturbed)) await process.FinishedAsync(cancellation);

        // Two workers here and one there: who runs a record must not show.
        using (ReplayProcess process = new(pipeline, cluster, killed, "--workers", "2"))
        {
            (int kills, int terminations) = await DisturbAsync(process, cluster, stream, killed, random, cancellation);
            Assert.Equal(Kills, kills + terminations);
            Assert.True(terminations > 0, "No runner was stopped in order.");
            await process.FinishedAsync(cancellation);
        }

        KeyDigests expected = KeyDigests.Read(cluster, stream.Topics.Name("reader"), undisturbed);
        KeyDigests seen = KeyDigests.Read(cluster, stream.Topics.Name("reader"), killed);
        Assert.Equal((Records, 0), (expected.Count, expected.Repeated));
        Assert.Equal((Records, 0), (seen.Count, seen.Repeated));
        Assert.Empty(expected.Differences(seen));
    }

    /// <summary>Kills by progress, so that each kill hits a runner with work behind and before it; every tenth is a SIGTERM, which stops it in order.</summary>
    private static async Task<(int Kills, int Terminations)> DisturbAsync(
        ReplayProcess process, KafkaCluster cluster, FraudStream stream, string output, Random random, CancellationToken cancellation)
    {
        using ClusterView view = new(KafkaSettings.For(cluster.BootstrapServers));
        int kills = 0, terminations = 0;
        long done = 0;
        while (kills + terminations < Kills)
        {
            long target = done + random.NextInt64(1, (Records - done) / (Kills - kills - terminations + 1));
            Stopwatch quiet = Stopwatch.StartNew();
            while (done < target)
            {
                if (quiet.Elapsed > TimeSpan.FromSeconds(60)) Assert.Fail($"Nothing came for 60 s: {done} of {Records} records, {kills} kills.\n{process.Describe()}");
                await Task.Delay(random.Next(1, 15), cancellation);
                done = (await view.CommittedAsync("si-replay-" + output, stream.Input)).Values.Sum();
            }

            Assert.True(done < Records, $"The replay was faster than its {Kills} kills: {kills} came.");
            if ((kills + terminations) % 10 == 5)
            {
                await process.TerminateAsync(cancellation);
                terminations++;
            }
            else
            {
                process.Kill();
                kills++;
            }

            process.Restart();
        }

        return (kills, terminations);
    }

    /// <summary>Small batches and transactions, so that there are many moments to die at.</summary>
    private static async Task<string> WritePipelineAsync(FraudStream stream)
    {
        string file = Path.Combine(Path.GetDirectoryName(stream.PipelineFile)!, "replay.yaml");
        await File.WriteAllTextAsync(file, $$"""
            name: {{stream.Group}}
            kind: tabular
            input: { topic: {{stream.Input}}, max_record_bytes: 256KiB }
            output: { topic: {{stream.Output}}, headers: source }
            dead_letter: { topic: {{stream.DeadLetters}} }
            model: { path: {{Path.Combine(SharedData.RepositoryRoot, "models", "fraud")}}, version: 1, providers: [cpu] }
            batch: { max_size: 32 }
            commit: { max_records: 200 }
            """);
        return file;
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}

[Collection(WorkerProcess.Collection)]
public sealed class ReplayChaosOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : ReplayChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class ReplayChaosOnRealKafka(RealKafkaFixture kafka) : ReplayChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
