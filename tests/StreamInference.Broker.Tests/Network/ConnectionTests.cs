using StreamInference.Broker.Protocol;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Tests.EndToEnd;
using StreamInference.Broker.Tests.Logs;

namespace StreamInference.Broker.Tests.Network;

public sealed class ConnectionTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task An_unknown_version_of_api_versions_is_answered_so_that_the_client_can_ask_again()
    {
        using var client = await RawClient.ConnectAsync(fixture.Broker);
        await client.SendAsync((short)ApiKey.ApiVersions, 99, static _ => { }, flexible: true);
        var response = await client.ReceiveAsync<ApiVersionsResponse>(version: 0);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
        Assert.Equal(4, response.ApiKeys.Single(static each => each.ApiKey == (short)ApiKey.ApiVersions).MaxVersion);

        await client.SendAsync(new ApiVersionsRequest(), version: 0);
        Assert.Equal(ErrorCode.None, (await client.ReceiveAsync<ApiVersionsResponse>(version: 0)).ErrorCode);
    }

    [Theory]
    [InlineData(71, 0)] // telemetry, which the broker does not know
    [InlineData(3, 99)] // Metadata in a version to come
    public async Task What_was_not_advertised_ends_the_connection_and_not_in_silence(short key, short version)
    {
        using var client = await RawClient.ConnectAsync(fixture.Broker);
        await client.SendAsync(key, version, static _ => { });
        Assert.Null(await client.ReceiveAsync());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\0\0\0\u0010abcdefghijklmnop")]
    [InlineData("\0\0\0\u0002ab")]
    public async Task Bytes_that_are_no_request_end_the_connection_and_nothing_else(string text)
    {
        using var client = await RawClient.ConnectAsync(fixture.Broker);
        await client.SendAsync(System.Text.Encoding.Latin1.GetBytes(text));
        Assert.Null(await client.ReceiveAsync());
        using var next = await RawClient.ConnectAsync(fixture.Broker);
        await next.SendAsync(new ApiVersionsRequest(), version: 0);
        Assert.NotNull(await next.ReceiveAsync());
    }

    [Fact]
    public async Task A_low_version_that_is_only_advertised_is_refused_in_its_own_layout()
    {
        var topic = await fixture.TopicAsync();
        using var client = await RawClient.ConnectAsync(fixture.Broker);
        await client.SendAsync(Produce(topic, acks: 1), version: 2);
        var response = await client.ReceiveAsync<ProduceResponse>(version: 2);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task Acks_0_is_stored_and_not_answered()
    {
        var topic = await fixture.TopicAsync();
        using var client = await RawClient.ConnectAsync(fixture.Broker);
        await client.SendAsync(Produce(topic, acks: 0), version: 7);
        await client.SendAsync(Produce(topic, acks: 1), version: 7);
        var response = await client.ReceiveAsync<ProduceResponse>(version: 7); // the second one's
        Assert.Equal(2, response.Responses[0].PartitionResponses[0].BaseOffset);
        await client.SendAsync(Produce(topic, acks: 5), version: 7);
        Assert.Equal(ErrorCode.InvalidRequiredAcks, (await client.ReceiveAsync<ProduceResponse>(version: 7)).Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task A_long_poll_is_answered_by_the_append_and_not_by_the_time()
    {
        var topic = await fixture.TopicAsync();
        using var reader = await RawClient.ConnectAsync(fixture.Broker);
        using var writer = await RawClient.ConnectAsync(fixture.Broker);
        await reader.SendAsync(Fetch(topic), version: 11);
        var answer = reader.ReceiveAsync<FetchResponse>(version: 11);
        Assert.False(answer.IsCompleted);
        await writer.SendAsync(Produce(topic, acks: 1), version: 7);

        var response = await answer.WaitAsync(Clients.Patience, TestContext.Current.CancellationToken);
        var partition = response.Responses[0].Partitions[0];
        Assert.Equal((2, 2), (partition.HighWatermark, TestBatch.Read(partition.Records.First.Span).Count));
    }

    [Fact]
    public async Task Disposal_does_not_wait_for_long_polls_and_joins()
    {
        var broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { GroupInitialRebalanceDelay = TimeSpan.FromHours(1) }, TestContext.Current.CancellationToken);
        await Clients.CreateTopicAsync(broker.BootstrapServers, "topic");
        using var reader = await RawClient.ConnectAsync(broker);
        using var member = await RawClient.ConnectAsync(broker);
        await reader.SendAsync(Fetch("topic"), version: 11);
        await member.SendAsync(
            new JoinGroupRequest { GroupId = "group", SessionTimeoutMs = 60_000, ProtocolType = "consumer", Protocols = [new() { Name = "range" }] }, version: 3);
        using var witness = await RawClient.ConnectAsync(broker);
        do
        {
            await witness.SendAsync(new DescribeGroupsRequest { Groups = ["group"] }, version: 0);
        }
        while ((await witness.ReceiveAsync<DescribeGroupsResponse>(version: 0)).Groups[0].GroupState != "PreparingRebalance");

        await broker.DisposeAsync().AsTask().WaitAsync(Clients.Patience, TestContext.Current.CancellationToken);
        Assert.Null(await reader.ReceiveAsync());
        Assert.Null(await member.ReceiveAsync());
    }

    [Fact]
    public async Task An_unknown_topic_is_created_where_both_sides_allow_it()
    {
        await using var broker = await EmbeddedBroker.StartAsync(
            new EmbeddedBrokerOptions { AutoCreateTopics = true, DefaultPartitions = 3 }, TestContext.Current.CancellationToken);
        using var client = await RawClient.ConnectAsync(broker);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await AskAsync(mayCreate: false)).ErrorCode);
        Assert.Equal(3, (await AskAsync(mayCreate: true)).Partitions.Count);

        async Task<MetadataResponse.TopicEntry> AskAsync(bool mayCreate)
        {
            await client.SendAsync(new MetadataRequest { Topics = [new() { Name = "new" }], AllowAutoTopicCreation = mayCreate }, version: 5);
            return (await client.ReceiveAsync<MetadataResponse>(version: 5)).Topics[0];
        }
    }

    private static ProduceRequest Produce(string topic, short acks) => new()
    {
        Acks = acks,
        TimeoutMs = 1000,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = 0, Records = new RecordData(TestBatch.Of(2).ToBytes()) }] }],
    };

    private static FetchRequest Fetch(string topic) => new()
    {
        MaxWaitMs = 600_000,
        MinBytes = 1,
        Topics = [new() { Topic = topic, Partitions = [new() { Partition = 0, PartitionMaxBytes = 100_000 }] }],
    };
}
