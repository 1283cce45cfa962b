using StreamInference.Kafka.Topics;

namespace StreamInference.Kafka.Tests.Topics;

public sealed class TopicPlanTests
{
    private static TopicPlan Compare(TopicDefinition wanted, ExistingTopic? existing = null) =>
        TopicPlan.Compare([wanted], existing is null ? new Dictionary<string, ExistingTopic>() : new Dictionary<string, ExistingTopic> { [existing.Name] = existing });

    private static ExistingTopic Existing(int partitions = 4, params (string Name, string Value)[] configs) =>
        new("t", partitions, 1, configs.ToDictionary(config => config.Name, config => config.Value));

    private static TopicDefinition Wanted(int partitions = 4, params (string Name, string Value)[] configs) =>
        new() { Name = "t", Partitions = partitions, Configs = configs.ToDictionary(config => config.Name, config => config.Value) };

    [Fact]
    public void A_topic_that_is_not_there_is_created()
    {
        TopicPlan plan = Compare(Wanted(4, ("retention.ms", "1000")));
        Assert.Equal("+ t: 4 partitions, retention.ms=1000", plan.ToString());
        Assert.False(plan.IsRefused);
    }

    [Fact]
    public void A_topic_that_is_as_it_should_be_changes_nothing_whatever_else_it_has() =>
        Assert.True(Compare(Wanted(4, ("retention.ms", "1000")), Existing(4, ("retention.ms", "1000"), ("compression.type", "producer"))).IsEmpty);

    [Theory]
    [InlineData("retention.ms", "1000", "999", true)]
    [InlineData("retention.ms", "1000", "1001", false)]
    [InlineData("retention.ms", "1000", "-1", false)]
    [InlineData("retention.ms", "-1", "1000", true)]
    [InlineData("retention.bytes", "-1", "1000", true)]
    [InlineData("max.message.bytes", "1000", "999", true)]
    [InlineData("max.message.bytes", "1000", "2000", false)]
    [InlineData("min.insync.replicas", "2", "1", true)]
    [InlineData("cleanup.policy", "compact", "delete", true)]
    [InlineData("cleanup.policy", "compact,delete", "delete,compact", false)]
    [InlineData("compression.type", "producer", "zstd", false)]
    public void A_change_that_loses_something_is_refused(string name, string now, string wanted, bool refused) =>
        Assert.Equal(refused, Compare(Wanted(4, (name, wanted)), Existing(4, (name, now))).IsRefused);

    [Theory]
    [InlineData(3, true)]
    [InlineData(5, false)]
    public void Partitions_only_grow(int wanted, bool refused) => Assert.Equal(refused, Compare(Wanted(wanted), Existing()).IsRefused);

    [Fact]
    public void Another_replication_factor_is_refused_and_an_unset_one_is_left_alone()
    {
        Assert.True(Compare(Wanted() with { ReplicationFactor = 3 }, Existing()).IsRefused);
        Assert.True(Compare(Wanted(), Existing()).IsEmpty);
    }
}
