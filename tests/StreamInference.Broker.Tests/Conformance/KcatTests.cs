using StreamInference.Broker.Tests.EndToEnd;

namespace StreamInference.Broker.Tests.Conformance;

/// <summary>kcat of Debian 12 has librdkafka 2.0.2, which derives features from the low ends of the version ranges.</summary>
public sealed class KcatTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task What_kcat_writes_under_a_codec_is_read_by_everyone(string codec)
    {
        var topic = await fixture.TopicAsync();
        var lines = Enumerable.Range(0, 100).Select(i => $"line {i} of {codec}, long enough to be compressed").ToList();
        await Tool.KcatAsync(string.Join('\n', lines) + "\n", "-b", fixture.Servers, "-P", "-t", topic, "-z", codec);
        Assert.Equal(lines, Clients.ReadValues(fixture.Servers, topic));
        Assert.Equal(lines, (await Tool.KcatAsync("", "-b", fixture.Servers, "-C", "-t", topic, "-e", "-q")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Kcat_reads_only_what_is_committed()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Transactional(fixture.Servers, "for-kcat");
        producer.InitTransactions(Clients.Patience);
        foreach (var (value, commit) in new[] { ("a", true), ("x", false), ("b", true) })
        {
            producer.BeginTransaction();
            producer.Produce(topic, Clients.Record(value));
            producer.Flush(Clients.Patience); // an abort would purge what was not sent yet
            if (commit) producer.CommitTransaction(Clients.Patience);
            else producer.AbortTransaction(Clients.Patience);
        }
        Assert.Equal("a\nb\n", await Tool.KcatAsync("", "-b", fixture.Servers, "-C", "-t", topic, "-e", "-q"));
        Assert.Equal("a\nx\nb\n", await Tool.KcatAsync("", "-b", fixture.Servers, "-C", "-t", topic, "-e", "-q", "-X", "isolation.level=read_uncommitted"));
    }

    [Fact]
    public async Task Kcat_joins_a_group()
    {
        var topic = await fixture.TopicAsync(2);
        using var producer = Clients.Producer(fixture.Servers);
        foreach (var value in new[] { "a", "b" }) producer.Produce(topic, Clients.Record(value));
        producer.Flush(Clients.Patience);
        var read = await Tool.KcatAsync("", "-b", fixture.Servers, "-q", "-c", "2", "-X", "auto.offset.reset=earliest", "-G", "kcat-group", topic);
        Assert.Equal(["a", "b"], read.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }
}
