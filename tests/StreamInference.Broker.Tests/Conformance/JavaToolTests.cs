using StreamInference.Broker.Tests.EndToEnd;

namespace StreamInference.Broker.Tests.Conformance;

public sealed class JavaToolTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task The_topics_tool_creates_and_describes()
    {
        await JavaAsync("topics", "--create", "--topic", "from-java", "--partitions", "3", "--config", "cleanup.policy=compact");
        var described = await JavaAsync("topics", "--describe", "--topic", "from-java");
        Assert.Contains("PartitionCount: 3", described, StringComparison.Ordinal);
        Assert.Contains("cleanup.policy=compact", described, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_console_clients_write_and_read_as_a_group()
    {
        var topic = await fixture.TopicAsync();
        await Tool.JavaAsync("console-producer", "a\nb\nc\n", "--bootstrap-server", fixture.Servers, "--topic", topic, "--compression-codec", "zstd");
        Assert.Equal(["a", "b", "c"], Clients.ReadValues(fixture.Servers, topic));

        var read = await JavaAsync(
            "console-consumer", "--topic", topic, "--group", "java-group", "--from-beginning", "--max-messages", "3", "--isolation-level", "read_committed");
        Assert.Equal(["a", "b", "c"], read.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var groups = await JavaAsync("consumer-groups", "--describe", "--group", "java-group");
        Assert.Matches($@"java-group\s+{topic}\s+0\s+3\s+3\s+0", groups);
    }

    [Fact]
    public async Task The_transactional_copier_copies_exactly_once_with_random_aborts()
    {
        var (input, output) = (await fixture.TopicAsync(), await fixture.TopicAsync());
        using var producer = Clients.Producer(fixture.Servers);
        for (var i = 0; i < 500; i++) producer.Produce(input, Clients.Record($"{i}"));
        producer.Flush(Clients.Patience);
        await Tool.JavaAsync(
            "transactional-message-copier", "", "--broker-list", fixture.Servers, "--input-topic", input, "--input-partition", "0", "--output-topic", output,
            "--max-messages", "500", "--transaction-size", "50", "--transactional-id", "copier", "--consumer-group", "copier", "--enable-random-aborts");
        Assert.Equal(Enumerable.Range(0, 500).Select(static i => $"{i}"), Clients.ReadValues(fixture.Servers, output));
    }

    [Fact]
    public async Task The_admin_tools_find_every_version_they_need()
    {
        var topic = await fixture.TopicAsync();
        using var open = Clients.Transactional(fixture.Servers, "open-for-java");
        open.InitTransactions(Clients.Patience);
        open.BeginTransaction();
        open.Produce(topic, Clients.Record("value"));
        open.Flush(Clients.Patience);
        Assert.Matches(@"open-for-java\s+1\s+\d+\s+Ongoing", await JavaAsync("transactions", "list"));
        Assert.Contains("Ongoing", await JavaAsync("transactions", "describe", "--transactional-id", "open-for-java"), StringComparison.Ordinal);
        open.AbortTransaction(Clients.Patience);
    }

    private Task<string> JavaAsync(string name, params string[] arguments) =>
        Tool.JavaAsync(name, "", ["--bootstrap-server", fixture.Servers, .. arguments]);
}
