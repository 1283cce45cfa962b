using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Samples;
using StreamInference.Broker;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Topics;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests.Samples;

public sealed class OwnHostTests
{
    private const int Rows = 500;
    private const int Features = 22;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_sample_in_README_is_this_file_and_has_at_most_40_lines()
    {
        string sample = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "tests/StreamInference.Cli.Tests/Samples/OwnHost.cs"));
        string readme = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "README.md"));
        Assert.Contains($"```csharp\n{sample}```\n", readme, StringComparison.Ordinal);
        Assert.InRange(sample.Count(c => c == '\n'), 1, 40);
    }

    [Fact]
    public async Task The_sample_runs()
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions(), Cancellation);
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Pipeline(broker.BootstrapServers), Cancellation);
        using TopicPlanner planner = new(KafkaSettings.For(broker.BootstrapServers), NullLogger<TopicPlanner>.Instance);
        await planner.ApplyAsync(await planner.PlanAsync([new() { Name = "rows" }, new() { Name = "rows.scores" }, new() { Name = "rows.dlq" }]));
        Produce(broker.BootstrapServers);
        using IHost host = OwnHost.Create(file);
        await host.StartAsync(Cancellation);
        List<TopicRecord> scores = Read(broker.BootstrapServers, "rows.scores", Rows);
        TopicRecord dead = Assert.Single(Read(broker.BootstrapServers, "rows.dlq", 1));
        await host.StopAsync(Cancellation);
        File.Delete(file);

        Assert.All(scores, score => Assert.InRange(float.Parse(Encoding.UTF8.GetString(score.Value!), CultureInfo.InvariantCulture), 0f, 1f));
        Assert.Equal(Rows, scores.Select(score => score.Header("si-source")).Distinct().Count());
        Assert.Equal("wrong_type", dead.Header("si-error"));
        Assert.Equal([1, 2, 3], dead.Value);
    }

    private static string Pipeline(string servers) => $$"""
        name: rows
        input: { topic: rows }
        output: { topic: rows.scores }
        model: { path: "{{SharedData.RepositoryRoot}}/models/fraud", version: 1, providers: [cpu] }
        kafka: { bootstrap.servers: "{{servers}}" }
        """;

    private static void Produce(string servers)
    {
        using RecordProducer producer = new(KafkaSettings.For(servers));
        Random random = new(1);
        for (int i = 0; i < Rows; i++)
        {
            float[] row = [.. Enumerable.Range(0, Features).Select(_ => random.NextSingle())];
            producer.Produce("rows", null, MemoryMarshal.AsBytes(row.AsSpan()).ToArray(), cancellation: Cancellation);
        }

        producer.Produce("rows", null, [1, 2, 3], cancellation: Cancellation);
        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, producer.Failed);
    }

    private static List<TopicRecord> Read(string servers, string topic, int count)
    {
        using TopicReader reader = new(KafkaSettings.For(servers), new TopicReaderOptions { Topics = [topic], From = new ReadFrom.Beginning() });
        List<TopicRecord> records = [];
        Stopwatch limit = Stopwatch.StartNew();
        while (records.Count < count)
        {
            Cancellation.ThrowIfCancellationRequested();
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(60), $"{records.Count} of {count} records came to {topic}.");
            if (reader.TryRead(TimeSpan.FromMilliseconds(100), out TopicRecord? record)) records.Add(record);
        }

        return records;
    }
}
