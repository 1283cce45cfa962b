using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamInference.Kafka.Clients;
using StreamInference.Replay.Running;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Replay;

/// <summary>A replay of a topic that the broker's own compaction has thinned: each record that is left in the bound is answered, once.</summary>
public abstract class CompactedSourceSuite
{
    private const int Keys = 50;
    private const int Rounds = 6;

    // Kafka looks for something to compact every 15 s.
    private static readonly TimeSpan CompactionLimit = TimeSpan.FromSeconds(90);

    private static readonly Dictionary<string, string> Eager = new()
    {
        ["cleanup.policy"] = "compact",
        ["segment.ms"] = "50",
        ["min.cleanable.dirty.ratio"] = "0.01",
        ["min.compaction.lag.ms"] = "0",
    };

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task Each_record_that_compaction_left_is_answered_once()
    {
        KafkaCluster cluster = await ClusterAsync();
        using ReplayBench bench = await ReplayBench.CreateAsync(cluster, partitions: 1, Eager);
        int fed = await FeedUntilThinnedAsync(cluster, bench);
        HashSet<string> before = Survivors(bench);
        using ReplayRun run = await bench.FinishAsync(bench.Request());
        HashSet<string> after = Survivors(bench);

        KeyDigests answers = KeyDigests.Read(cluster, bench.Topics.Name("reader"), bench.Output);
        Assert.Equal(0, answers.Repeated);
        // Compaction may go on under the replay: what is left now was there when it was read, and nothing else came.
        Assert.ProperSubset(Enumerable.Range(0, fed).Select(offset => Source(bench, offset)).ToHashSet(), before);
        Assert.Subset(before, answers.Sources.ToHashSet());
        Assert.Subset(answers.Sources.ToHashSet(), after);
        Assert.Equal(answers.Count, run.Report().Results);
        Assert.Equal(fed, run.Report().Partitions[0].Position);
    }

    /// <summary>Sends the same keys again and again, then single records, each of which closes a segment, until records are missing. Returns how many there were.</summary>
    private static async Task<int> FeedUntilThinnedAsync(KafkaCluster cluster, ReplayBench bench)
    {
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = cluster.BootstrapServers }).SetLogHandler((_, _) => { }).Build();
        int fed = 0;
        async Task SendAsync(string key) =>
            await producer.ProduceAsync(new TopicPartition(bench.Input, 0), new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(key), Value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"value {fed++}")) });

        for (int round = 0; round < Rounds; round++)
            for (int key = 0; key < Keys; key++) await SendAsync($"key-{key}");
        DateTime limit = DateTime.UtcNow + CompactionLimit;
        while (Survivors(bench).Count == fed)
        {
            Assert.True(DateTime.UtcNow < limit, $"{cluster.Description} compacted nothing of {fed} records in {CompactionLimit.TotalSeconds} s.");
            await SendAsync($"other-{fed}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        return fed;
    }

    private static HashSet<string> Survivors(ReplayBench bench)
    {
        HashSet<string> found = [];
        using TopicReader reader = new(bench.Settings, new TopicReaderOptions { Topics = [bench.Input], From = new ReadFrom.Beginning() });
        while (!reader.IsAtEnd)
            if (reader.TryRead(TimeSpan.FromSeconds(1), out TopicRecord? record)) Assert.True(found.Add(Source(bench, record.Offset)));
        return found;
    }

    private static string Source(ReplayBench bench, long offset) => string.Create(CultureInfo.InvariantCulture, $"{bench.Input}/0/{offset}");
}

[Collection(WorkerProcess.Collection)]
public sealed class CompactedSourceOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : CompactedSourceSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class CompactedSourceOnRealKafka(RealKafkaFixture kafka) : CompactedSourceSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
