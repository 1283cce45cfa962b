using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Kafka;
using StreamInference.Onnx.Tabular;
using StreamInference.Pipeline;
using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Fraud;

/// <summary>
/// Real card transactions through the stream: each score equals the one that scikit-learn computed offline, in any batching, and the average
/// precision of the result topic is the model card's.
/// </summary>
public abstract class RealCardStreamSuite
{
    internal const string Data = "data/fraud/ulb_creditcard_subset.csv";
    private const double Tolerance = 1e-5;

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Theory]
    [InlineData(1, 1, BatchPolicy.Fixed)]
    [InlineData(7, 1, BatchPolicy.Fixed)]
    [InlineData(1024, 1, BatchPolicy.Adaptive)]
    [InlineData(1024, 2, BatchPolicy.Fixed)]
    public async Task Streamed_scores_equal_offline_scores(int batch, int workers, BatchPolicy policy)
    {
        string data = SharedData.Require(Data);
        Dictionary<long, double> offline = Goldens();
        Dictionary<long, bool> labels = [];
        KafkaCluster cluster = await ClusterAsync();
        TestTopics topics = new(cluster);
        PipelineConfig config = await ConfigureAsync(cluster, topics, batch, workers, policy);
        Feed(cluster, config.Input.Topic, data, offline.Keys.ToHashSet(), labels);
        Dictionary<long, double> streamed = await RunAsync(cluster, topics, config, offline.Count);

        Assert.Equal(offline.Keys.Order(), streamed.Keys.Order());
        foreach ((long row, double expected) in offline) Assert.Equal(expected, streamed[row], Tolerance);
        Assert.Equal(CardAveragePrecision(), AveragePrecision(streamed, labels), 1e-3);
    }

    internal static string ModelFolder => Path.Combine(SharedData.RepositoryRoot, "models", "fraud_ulb");

    private static async Task<PipelineConfig> ConfigureAsync(KafkaCluster cluster, TestTopics topics, int batch, int workers, BatchPolicy policy) => new()
    {
        Name = topics.Name("ulb"),
        Input = new InputConfig { Topic = await topics.CreateAsync("cards", 4) },
        Output = new OutputConfig { Topic = await topics.CreateAsync("card-scores", 4) },
        DeadLetter = new DeadLetterConfig { Topic = await topics.CreateAsync("card-dlq", 1) },
        Model = new ModelConfig { Path = ModelFolder, Version = "1", Providers = ["cpu"] },
        Workers = workers,
        Batch = new BatchConfig { Policy = policy, MaxSize = batch, MaxWait = TimeSpan.FromMilliseconds(2) },
        Commit = new CommitConfig { Interval = TimeSpan.FromMilliseconds(50) },
        Kafka = new KafkaConfig { Properties = new Dictionary<string, string> { ["bootstrap.servers"] = cluster.BootstrapServers } },
    };

    internal static Dictionary<long, double> Goldens()
    {
        Dictionary<long, double> scores = [];
        foreach (string line in File.ReadLines(Path.Combine(ModelFolder, "1", "golden.jsonl")))
        {
            using JsonDocument golden = JsonDocument.Parse(line);
            scores.Add(golden.RootElement.GetProperty("row").GetInt64(), golden.RootElement.GetProperty("score").GetDouble());
        }

        return scores;
    }

    internal static void Feed(KafkaCluster cluster, string topic, string data, HashSet<long> rows, Dictionary<long, bool> labels)
    {
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = cluster.BootstrapServers, LingerMs = 20 })
            .SetLogHandler((_, _) => { }).Build();
        using StreamReader csv = new(data);
        string[] columns = csv.ReadLine()!.Replace("\"", "", StringComparison.Ordinal).Split(',');
        for (long row = 0; csv.ReadLine() is { } line; row++)
        {
            if (!rows.Contains(row)) continue;
            string[] cells = line.Replace("\"", "", StringComparison.Ordinal).Split(',');
            labels[row] = cells[^1] == "1";
            StringBuilder json = new();
            json.Append(CultureInfo.InvariantCulture, $"{{\"seq\":{row}");
            for (int i = 0; i < columns.Length - 1; i++) json.Append(CultureInfo.InvariantCulture, $",\"{columns[i]}\":{cells[i]}");
            json.Append('}');
            producer.Produce(topic, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes($"{row % 97}"), Value = Encoding.UTF8.GetBytes(json.ToString()) });
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }

    private static async Task<Dictionary<long, double>> RunAsync(KafkaCluster cluster, TestTopics topics, PipelineConfig config, int expected)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using StreamPipeline pipeline = new(
            config, new KafkaTransport(NullLoggerFactory.Instance, instance: "test"), new TabularModelLoader(), new ServiceCollection().BuildServiceProvider(), NullLoggerFactory.Instance);
        Task running = pipeline.RunAsync(stop.Token);
        using CommittedReader reader = new(cluster, topics.Name("reader"), config.Output.Topic, config.DeadLetterTopic);
        Dictionary<long, double> scores = [];
        DateTime limit = DateTime.UtcNow.AddMinutes(2);
        while (scores.Count < expected && !running.IsCompleted)
        {
            Assert.True(DateTime.UtcNow < limit, $"{scores.Count} of {expected} scores came.");
            if (reader.Next() is not { } record) continue;
            Assert.Equal(config.Output.Topic, record.Topic);
            using JsonDocument result = JsonDocument.Parse(record.Message.Value!);
            Assert.True(scores.TryAdd(result.RootElement.GetProperty("seq").GetInt64(), result.RootElement.GetProperty("score").GetDouble()), "A score came twice.");
        }

        await stop.CancelAsync();
        await running;
        return scores;
    }

    private static double CardAveragePrecision()
    {
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(ModelFolder, "1", "metrics.json")));
        return metrics.RootElement.GetProperty("test").GetProperty("auprc").GetDouble();
    }

    /// <summary>The sum of precisions at each fraud, in order of falling scores, as scikit-learn's average_precision_score.</summary>
    private static double AveragePrecision(Dictionary<long, double> scores, Dictionary<long, bool> labels)
    {
        double sum = 0;
        int found = 0, ranked = 0, total = scores.Keys.Count(row => labels[row]);
        foreach (IGrouping<double, long> tied in scores.GroupBy(entry => entry.Value, entry => entry.Key).OrderByDescending(group => group.Key))
        {
            int frauds = tied.Count(row => labels[row]);
            found += frauds;
            ranked += tied.Count();
            sum += frauds * ((double)found / ranked);
        }

        return sum / total;
    }
}

[Collection(WorkerProcess.Collection)]
public sealed class RealCardStreamOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : RealCardStreamSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class RealCardStreamOnRealKafka(RealKafkaFixture kafka) : RealCardStreamSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
