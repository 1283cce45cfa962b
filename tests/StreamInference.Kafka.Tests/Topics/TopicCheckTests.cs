using StreamInference.Configuration;
using StreamInference.Kafka.Topics;

namespace StreamInference.Kafka.Tests.Topics;

public sealed class TopicCheckTests
{
    private static readonly PipelineConfig Fraud = new()
    {
        Name = "fraud",
        Input = new InputConfig { Topic = "transactions" },
        Output = new OutputConfig { Topic = "fraud.scores" },
        Model = new ModelConfig { Path = "models/fraud" },
    };

    [Fact]
    public void A_pipeline_whose_topics_are_there_has_no_obstacle() =>
        Assert.Empty(TopicCheck.Compare(Fraud, new Dictionary<string, int> { ["transactions"] = 4, ["fraud.scores"] = 2, ["transactions.dlq"] = 1 }));

    [Fact]
    public void Every_missing_topic_is_named_with_its_key() => Assert.Equal(
        ["input.topic: there is no topic transactions", "output.topic: there is no topic fraud.scores", "dead_letter.topic: there is no topic transactions.dlq"],
        TopicCheck.Compare(Fraud, new Dictionary<string, int>()).Select(line => line.Split(';')[0]));

    [Fact]
    public void A_control_topic_must_be_there() => Assert.StartsWith(
        "control.topic: there is no topic prompts.control",
        Assert.Single(TopicCheck.Compare(
            Fraud with { Control = new ControlConfig { Topic = "prompts.control" } },
            new Dictionary<string, int> { ["transactions"] = 4, ["fraud.scores"] = 2, ["transactions.dlq"] = 1 })),
        StringComparison.Ordinal);

    [Fact]
    public void A_progress_topic_must_have_as_many_partitions_as_the_input()
    {
        PipelineConfig streams = Fraud with { Progress = new ProgressConfig { Topic = "transactions.progress" } };
        Dictionary<string, int> topics = new() { ["transactions"] = 4, ["fraud.scores"] = 2, ["transactions.dlq"] = 1, ["transactions.progress"] = 3 };

        string line = Assert.Single(TopicCheck.Compare(streams, topics));

        Assert.Contains("has 3 partitions and transactions has 4", line, StringComparison.Ordinal);
    }
}
