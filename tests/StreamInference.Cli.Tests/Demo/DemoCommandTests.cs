using System.Text.Json;
using Confluent.Kafka;
using StreamInference.Broker;
using StreamInference.Cli.Demo;

namespace StreamInference.Cli.Tests.Demo;

public sealed class DemoCommandTests
{
    [Fact]
    public async Task A_demo_of_some_seconds_ends_by_itself_with_everything_once()
    {
        using CliRunner demo = await CliRunner.Run("demo", "--seconds", "5", "--rate", "500", "--bad", "0.02");
        Assert.True(demo.ExitCode == ExitCodes.Ok, demo.Error + demo.Out);
        JsonElement summary = JsonDocument.Parse(demo.Out).RootElement;

        Assert.True(summary.GetProperty("is_exactly_once").GetBoolean());
        JsonElement fraud = summary.GetProperty("streams").GetProperty("fraud");
        Assert.InRange(fraud.GetProperty("produced").GetInt64(), 2000, 2600);
        Assert.True(fraud.GetProperty("dead_letters").GetInt64() > 0);
        JsonElement vision = summary.GetProperty("streams").GetProperty("vision");
        Assert.InRange(vision.GetProperty("produced").GetInt64(), 30, 50);
        Assert.Equal(0, vision.GetProperty("dead_letters").GetInt64());
        Assert.NotEmpty(vision.GetProperty("findings").EnumerateObject());
        JsonElement explain = summary.GetProperty("streams").GetProperty("explain");
        Assert.Equal(fraud.GetProperty("findings").GetProperty("declined").GetInt64(), explain.GetProperty("produced").GetInt64());
        Assert.True(explain.GetProperty("produced").GetInt64() > 0);
        foreach (JsonElement stream in new[] { fraud, vision, explain })
        {
            Assert.Equal(stream.GetProperty("produced").GetInt64(), stream.GetProperty("scored").GetInt64() + stream.GetProperty("dead_letters").GetInt64());
            Assert.True(stream.GetProperty("p99_ms").GetDouble() >= stream.GetProperty("p50_ms").GetDouble());
        }

        Assert.Empty(demo.Error);
    }

    [Fact]
    public async Task A_demo_on_a_cluster_leaves_no_topic_behind_and_an_early_end_is_told()
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions(), TestContext.Current.CancellationToken);
        using CliRunner demo = new();
        Task<int> running = demo.Start("demo", "--seconds", "600", "--rate", "300", "-b", broker.BootstrapServers);
        string scores = await TopicThatEndsWith(broker, ".fraud.scores");
        using CliRunner tail = await CliRunner.Run("tail", scores, "--from", "beginning", "--count", "10", "-b", broker.BootstrapServers);
        demo.Interrupt();

        Assert.True(await running == ExitCodes.Interrupted, demo.Error + demo.Out);
        Assert.True(JsonDocument.Parse(demo.Out).RootElement.GetProperty("is_exactly_once").GetBoolean());
        Assert.DoesNotContain(TopicsOf(broker), topic => topic.StartsWith("demo-", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 0, 0, 0)]
    [InlineData(0, 1, 0, 0)]
    [InlineData(0, 0, 1, 0)]
    [InlineData(0, 0, 0, 1)]
    public void Anything_missing_repeated_unknown_or_refused_is_not_exactly_once(long missing, long repeated, long unknown, long failures)
    {
        DemoSummary summary = Summary(missing, repeated, unknown, failures);
        Assert.False(summary.IsExactlyOnce);
        Assert.Contains("NOT exactly once", summary.ToText(), StringComparison.Ordinal);
        Assert.Contains("\"is_exactly_once\":false", summary.ToJson(), StringComparison.Ordinal);
        Assert.True(Summary(0, 0, 0, 0).IsExactlyOnce);
    }

    private static async Task<string> TopicThatEndsWith(EmbeddedBroker broker, string suffix)
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (TopicsOf(broker).FirstOrDefault(topic => topic.EndsWith(suffix, StringComparison.Ordinal)) is { } found) return found;
            await Task.Yield();
        }
    }

    private static List<string> TopicsOf(EmbeddedBroker broker)
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.BootstrapServers }).Build();
        return [.. admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(topic => topic.Topic)];
    }

    private static DemoSummary Summary(long missing, long repeated, long unknown, long failures) => new()
    {
        Seconds = 1,
        ProduceFailures = failures,
        Streams = new Dictionary<string, StreamSummary> { ["fine"] = Stream(0, 0, 0), ["other"] = Stream(missing, repeated, unknown) },
    };

    private static StreamSummary Stream(long missing, long repeated, long unknown) => new()
    {
        Records = "records",
        ScoredName = "scored",
        Produced = 10,
        Scored = 10,
        DeadLetters = 0,
        Missing = missing,
        Repeated = repeated,
        Unknown = unknown,
        RecordsPerSecond = 10,
        P50Ms = 1,
        P95Ms = 2,
        P99Ms = 3,
        Findings = new Dictionary<string, long>(),
    };
}
