using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamInference.Broker.Tests.EndToEnd;

public sealed class AdminTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>, IDisposable
{
    private static readonly TimeSpan Wait = Clients.Patience;

    private readonly IAdminClient _admin = Clients.Admin(fixture.Servers);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_topic_is_created_once_described_grown_and_deleted()
    {
        var topic = await fixture.TopicAsync(2);
        var twice = await Assert.ThrowsAsync<CreateTopicsException>(() => Clients.CreateTopicAsync(fixture.Servers, topic));
        Assert.Equal(Confluent.Kafka.ErrorCode.TopicAlreadyExists, twice.Results[0].Error.Code);
        Assert.Equal(2, Partitions(topic));

        await _admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 5 }]);
        Assert.Equal(5, Partitions(topic));
        var fewer = await Assert.ThrowsAsync<CreatePartitionsException>(() =>
            _admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 3 }]));
        Assert.Equal(Confluent.Kafka.ErrorCode.InvalidPartitions, fewer.Results[0].Error.Code);

        await _admin.DeleteTopicsAsync([topic]);
        Assert.Equal(0, Partitions(topic));
        await Assert.ThrowsAsync<DeleteTopicsException>(() => _admin.DeleteTopicsAsync([topic]));
    }

    [Theory]
    [InlineData("bad name", 1, 1, null, null, Confluent.Kafka.ErrorCode.TopicException)]
    [InlineData("no-partitions", 0, 1, null, null, Confluent.Kafka.ErrorCode.InvalidPartitions)]
    [InlineData("replicas", 1, 3, null, null, Confluent.Kafka.ErrorCode.InvalidReplicationFactor)]
    [InlineData("setting", 1, 1, "retention.ms", "soon", Confluent.Kafka.ErrorCode.InvalidConfig)]
    [InlineData("unknown", 1, 1, "no.such.setting", "1", Confluent.Kafka.ErrorCode.InvalidConfig)]
    [InlineData("append-time", 1, 1, "message.timestamp.type", "LogAppendTime", Confluent.Kafka.ErrorCode.InvalidConfig)]
    public async Task A_topic_that_cannot_be_is_refused_with_its_reason(
        string name, int partitions, short replicas, string? setting, string? value, Confluent.Kafka.ErrorCode expected)
    {
        var specification = new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = replicas };
        if (setting is not null) specification.Configs = new() { [setting] = value };
        var error = await Assert.ThrowsAsync<CreateTopicsException>(() => _admin.CreateTopicsAsync([specification]));
        Assert.Equal(expected, error.Results[0].Error.Code);
        Assert.NotEmpty(error.Results[0].Error.Reason);
    }

    [Fact]
    public async Task Settings_are_described_and_altered()
    {
        var topic = await fixture.TopicAsync(1, ("cleanup.policy", "compact"));
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic };
        var before = (await _admin.DescribeConfigsAsync([resource]))[0].Entries;
        Assert.Equal(("compact", false), (before["cleanup.policy"].Value, before["cleanup.policy"].IsDefault));
        Assert.Equal(("604800000", true), (before["retention.ms"].Value, before["retention.ms"].IsDefault));

        await _admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] =
            [
                new ConfigEntry { Name = "cleanup.policy", Value = "delete", IncrementalOperation = AlterConfigOpType.Append },
                new ConfigEntry { Name = "retention.ms", Value = "1000", IncrementalOperation = AlterConfigOpType.Set },
            ],
        });
        var after = (await _admin.DescribeConfigsAsync([resource]))[0].Entries;
        Assert.Equal(("compact,delete", "1000"), (after["cleanup.policy"].Value, after["retention.ms"].Value));

        await _admin.AlterConfigsAsync(new() { [resource] = [new ConfigEntry { Name = "retention.bytes", Value = "5000" }] });
        var replaced = (await _admin.DescribeConfigsAsync([resource]))[0].Entries;
        Assert.Equal(("delete", "5000"), (replaced["cleanup.policy"].Value, replaced["retention.bytes"].Value));
    }

    [Fact]
    public async Task Groups_are_listed_described_and_deleted_when_empty()
    {
        var topic = await fixture.TopicAsync();
        var group = $"group-of-{topic}";
        using var consumer = Clients.Consumer(fixture.Servers, group, config => config.GroupInstanceId = "slot-1").Build();
        consumer.Subscribe(topic);
        consumer.Consume(Wait);
        consumer.Commit([new TopicPartitionOffset(topic, 0, 3)]);

        Assert.Contains((await _admin.ListConsumerGroupsAsync()).Valid, each => each.GroupId == group);
        var described = (await _admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions[0];
        Assert.Equal((ConsumerGroupState.Stable, "cooperative-sticky"), (described.State, described.PartitionAssignor));
        var member = Assert.Single(described.Members);
        Assert.Equal(("slot-1", topic), (member.GroupInstanceId, member.Assignment.TopicPartitions[0].Topic));
        await Assert.ThrowsAsync<DeleteGroupsException>(() => _admin.DeleteGroupsAsync([group]));

        consumer.Close();
        fixture.Broker.State.Groups.Find(group)!.Leave("", "slot-1"); // a static member does not leave when it closes
        await _admin.DeleteConsumerGroupOffsetsAsync(group, [new TopicPartition(topic, 0)]);
        await _admin.DeleteGroupsAsync([group]);
        Assert.DoesNotContain((await _admin.ListConsumerGroupsAsync()).Valid, each => each.GroupId == group);
    }

    [Fact]
    public async Task Offsets_are_found_by_time_and_by_isolation()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Producer(fixture.Servers, static config => config.CompressionType = CompressionType.Lz4);
        for (var i = 0; i < 10; i++)
            producer.Produce(topic, new Message<string, string> { Key = "k", Value = "v", Timestamp = new Timestamp(1000 + (i * 100), TimestampType.CreateTime) });
        producer.Flush(Wait);
        using var open = Clients.Transactional(fixture.Servers, "open-" + topic);
        open.InitTransactions(Wait);
        open.BeginTransaction();
        open.Produce(topic, new Message<string, string> { Key = "k", Value = "v", Timestamp = new Timestamp(5000, TimestampType.CreateTime) });
        open.Flush(Wait);

        Assert.Equal(11, await OffsetAsync(topic, OffsetSpec.Latest(), IsolationLevel.ReadUncommitted));
        Assert.Equal(10, await OffsetAsync(topic, OffsetSpec.Latest(), IsolationLevel.ReadCommitted));
        Assert.Equal(0, await OffsetAsync(topic, OffsetSpec.Earliest(), IsolationLevel.ReadCommitted));
        Assert.Equal(5, await OffsetAsync(topic, OffsetSpec.ForTimestamp(1450), IsolationLevel.ReadCommitted));
        Assert.Equal(10, await OffsetAsync(topic, OffsetSpec.MaxTimestamp(), IsolationLevel.ReadUncommitted));
        open.AbortTransaction(Wait);
        Assert.Equal(12, await OffsetAsync(topic, OffsetSpec.Latest(), IsolationLevel.ReadCommitted));
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task A_time_is_found_inside_a_batch_of_any_codec(CompressionType codec)
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Producer(fixture.Servers, config =>
        {
            config.CompressionType = codec;
            config.LingerMs = 200;
        });
        var value = new string('v', 2000);
        for (var i = 0; i < 50; i++)
            producer.Produce(topic, new Message<string, string> { Key = $"{i}", Value = value, Timestamp = new Timestamp(1000 + i, TimestampType.CreateTime) });
        producer.Flush(Wait);
        for (var i = 0; i < 50; i += 7) Assert.Equal(i, await OffsetAsync(topic, OffsetSpec.ForTimestamp(1000 + i), IsolationLevel.ReadUncommitted));
    }

    [Fact]
    public async Task Records_are_deleted_up_to_an_offset()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Producer(fixture.Servers);
        for (var i = 0; i < 10; i++) await producer.ProduceAsync(topic, Clients.Record($"{i}"), TestContext.Current.CancellationToken);
        var result = await _admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, 0, 7)]);
        Assert.Equal(7, result[0].Offset.Value);
        Assert.Equal(["7", "8", "9"], Clients.ReadValues(fixture.Servers, topic));
    }

    private int Partitions(string topic) =>
        _admin.GetMetadata(Wait).Topics.SingleOrDefault(each => each.Topic == topic)?.Partitions.Count ?? 0;

    private async Task<long> OffsetAsync(string topic, OffsetSpec spec, IsolationLevel isolation)
    {
        var request = new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, 0), OffsetSpec = spec };
        var result = await _admin.ListOffsetsAsync([request], new ListOffsetsOptions { IsolationLevel = isolation });
        return result.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
    }
}
