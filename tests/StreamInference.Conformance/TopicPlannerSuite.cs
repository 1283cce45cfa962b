using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Topics;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>Topics are made what their definitions say.</summary>
public abstract class TopicPlannerSuite
{
    /// <summary>The cluster under test; skips the test where there is none.</summary>
    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task Applying_twice_changes_once()
    {
        KafkaCluster cluster = await ClusterAsync();
        using TopicPlanner planner = new(KafkaSettings.For(cluster.BootstrapServers), NullLogger<TopicPlanner>.Instance);
        TopicDefinition topic = new() { Name = new TestTopics(cluster).Name("planned"), Partitions = 2, Configs = new Dictionary<string, string> { ["retention.ms"] = "60000" } };

        TopicPlan create = await planner.PlanAsync([topic]);
        Assert.Equal([TopicChangeKind.Create], create.Changes.Select(change => change.Kind));
        await planner.ApplyAsync(create);
        Assert.True((await planner.PlanAsync([topic])).IsEmpty);

        TopicDefinition grown = topic with { Partitions = 3, Configs = new Dictionary<string, string> { ["retention.ms"] = "120000" } };
        TopicPlan grow = await planner.PlanAsync([grown]);
        Assert.Equal(["partitions 2 3", "retention.ms 60000 120000"], grow.Changes.Select(change => $"{change.Property} {change.From} {change.To}"));
        await planner.ApplyAsync(grow);
        Assert.True((await planner.PlanAsync([grown])).IsEmpty);

        TopicPlan shrink = await planner.PlanAsync([topic]);
        Assert.True(shrink.IsRefused);
        await Assert.ThrowsAsync<InvalidOperationException>(() => planner.ApplyAsync(shrink));
        Assert.True((await planner.PlanAsync([grown])).IsEmpty);
    }
}
