using System.Text.Json;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Cli.Tests;

/// <summary>The same commands against Apache Kafka, by <c>-b</c> alone.</summary>
public sealed class RealKafkaTests(RealKafkaFixture kafka) : IClassFixture<RealKafkaFixture>
{
    [Fact]
    public async Task A_demo_scores_each_transaction_once()
    {
        KafkaCluster cluster = await kafka.RequireAsync();
        using CliRunner demo = await CliRunner.Run("demo", "--seconds", "4", "--rate", "500", "--bad", "0.02", "-b", cluster.BootstrapServers);

        Assert.True(demo.ExitCode == ExitCodes.Ok, demo.Error + demo.Out);
        JsonElement summary = JsonDocument.Parse(demo.Out).RootElement;
        Assert.True(summary.GetProperty("is_exactly_once").GetBoolean());
        Assert.True(summary.GetProperty("streams").GetProperty("fraud").GetProperty("dead_letters").GetInt64() > 0);
    }

    [Fact]
    public async Task Topics_produce_and_tail_work_and_plans_are_idempotent()
    {
        KafkaCluster cluster = await kafka.RequireAsync();
        string topic = new TestTopics(cluster).Name("commands");
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"topics: [{{ name: {topic}, partitions: 3, configs: {{ retention.ms: 3600000 }} }}]\n", TestContext.Current.CancellationToken);
        using CliRunner apply = await CliRunner.Run("topics", "apply", file, "-b", cluster.BootstrapServers);
        using CliRunner again = await CliRunner.Run("topics", "apply", file, "-b", cluster.BootstrapServers);
        using CliRunner produce = await CliRunner.Run("produce", topic, "--simulate", "--count", "200", "-b", cluster.BootstrapServers);
        using CliRunner tail = await CliRunner.Run("tail", topic, "--from", "beginning", "--until-end", "-b", cluster.BootstrapServers);
        File.Delete(file);

        Assert.Equal((0, 0, 0, 0), (apply.ExitCode, again.ExitCode, produce.ExitCode, tail.ExitCode));
        Assert.Contains($"+ {topic}: 3 partitions", apply.Out, StringComparison.Ordinal);
        Assert.Equal("Nothing to do.", again.Out.Trim());
        Assert.Equal(200, tail.OutLines.Count);
    }
}
