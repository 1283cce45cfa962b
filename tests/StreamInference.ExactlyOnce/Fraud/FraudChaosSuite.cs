using System.Diagnostics;
using Confluent.Kafka;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Fraud;

/// <summary>
/// Worker processes are killed and frozen in the middle of 200,000 transactions; a read_committed reader finds one result or dead letter for each
/// input offset, and no more.
/// </summary>
public abstract class FraudChaosSuite
{
    private const int Transactions = 200_000;
    private const int Partitions = 4;
    private const int Kills = 6;

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task Killed_and_frozen_workers_lose_and_repeat_nothing()
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        Random random = new(seed);
        KafkaCluster cluster = await ClusterAsync();
        using FraudStream stream = await FraudStream.CreateAsync(cluster, Partitions);
        int bad = stream.Feed(Transactions, (ulong)(uint)seed);
        using CommittedReader reader = new(cluster, stream.Topics.Name("reader"), stream.Output, stream.DeadLetters);
        using WorkerProcess first = new(stream.PipelineFile, cluster.BootstrapServers, "a");
        using WorkerProcess second = new(stream.PipelineFile, cluster.BootstrapServers, "b");
        WorkerProcess[] workers = [first, second];

        Dictionary<string, int> seen = new(Transactions);
        int deadLetters = 0, kills = 0, freezes = 0;
        Stopwatch quiet = Stopwatch.StartNew();
        while (seen.Count < Transactions)
        {
            ConsumeResult<byte[]?, byte[]?>? record = reader.Next();
            if (record is null)
            {
                Assert.True(quiet.Elapsed < TimeSpan.FromSeconds(90), $"Nothing came for {quiet.Elapsed.TotalSeconds:F0} s: {seen.Count} of {Transactions} results (seed {seed}).");
                continue;
            }

            quiet.Restart();
            string source = CommittedReader.SourceOf(record);
            seen[source] = seen.GetValueOrDefault(source) + 1;
            if (record.Topic == stream.DeadLetters) deadLetters++;
            // Kills come by progress, not by time: each hits workers that are in the middle of their transactions.
            if (kills < Kills && seen.Count >= Transactions * (kills + 1) / (Kills + 2))
            {
                WorkerProcess victim = workers[random.Next(workers.Length)];
                kills++;
                if (kills == Kills / 2)
                {
                    await FreezeAsync(victim, random);
                    freezes++;
                }
                else
                {
                    victim.KillAndRestart();
                }
            }
        }

        // What would be repeated comes after the end.
        for (quiet.Restart(); quiet.Elapsed < TimeSpan.FromSeconds(3);)
            if (reader.Next() is { } late) seen[CommittedReader.SourceOf(late)] = seen.GetValueOrDefault(CommittedReader.SourceOf(late)) + 1;

        Assert.Equal(Kills, kills);
        Assert.Equal(1, freezes);
        Assert.Equal(Transactions, seen.Count);
        Assert.DoesNotContain(seen, entry => entry.Value != 1);
        Assert.Equal(bad, deadLetters);
    }

    /// <summary>Stops a worker beyond its session, so that the other one takes over, and lets it go on: a zombie with work in its hands.</summary>
    private static async Task FreezeAsync(WorkerProcess victim, Random random)
    {
        victim.Freeze();
        await Task.Delay(TimeSpan.FromSeconds(8 + random.Next(4)), TestContext.Current.CancellationToken);
        victim.Thaw();
    }
}

[Collection(WorkerProcess.Collection)]
public sealed class FraudChaosOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : FraudChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class FraudChaosOnRealKafka(RealKafkaFixture kafka) : FraudChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
