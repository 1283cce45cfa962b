using Confluent.Kafka;

namespace StreamInference.Broker.Tests.EndToEnd;

public sealed class ConsumerGroupTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static readonly TimeSpan Wait = Clients.Patience;

    [Fact]
    public async Task Two_members_share_the_partitions_and_read_everything_once()
    {
        var topic = await fixture.TopicAsync(partitions: 4);
        using var producer = Clients.Producer(fixture.Servers);
        using var first = Clients.Consumer(fixture.Servers, "shared").Build();
        using var second = Clients.Consumer(fixture.Servers, "shared").Build();
        first.Subscribe(topic);
        second.Subscribe(topic);
        PollUntil(() => first.Assignment.Count == 2 && second.Assignment.Count == 2, first, second);

        for (var i = 0; i < 200; i++) producer.Produce(topic, Clients.Record($"{i}"));
        producer.Flush(Wait);
        var read = new List<string>();
        PollUntil(() => read.Count == 200, read, first, second);

        Assert.Equal(Enumerable.Range(0, 200).Select(static i => $"{i}").Order(), read.Order());
        first.Close();
        second.Close();
    }

    [Fact]
    public async Task A_member_goes_on_from_the_committed_offset()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Producer(fixture.Servers);
        for (var i = 0; i < 10; i++) producer.Produce(topic, Clients.Record($"{i}"));
        producer.Flush(Wait);
        using (var first = Clients.Consumer(fixture.Servers, "resumed").Build())
        {
            first.Subscribe(topic);
            var record = first.Consume(Wait);
            Assert.Equal("0", record.Message.Value);
            first.Commit([new TopicPartitionOffset(topic, 0, 4)]);
            first.Close();
        }
        using var second = Clients.Consumer(fixture.Servers, "resumed").Build();
        second.Subscribe(topic);
        Assert.Equal("4", second.Consume(Wait).Message.Value);
        second.Close();
    }

    private static void PollUntil(Func<bool> reached, params IConsumer<string, string>[] consumers) => PollUntil(reached, [], consumers);

    private static void PollUntil(Func<bool> reached, List<string> read, params IConsumer<string, string>[] consumers)
    {
        var deadline = DateTime.UtcNow + Wait;
        while (!reached())
        {
            Assert.True(DateTime.UtcNow < deadline, "not reached in time");
            foreach (var consumer in consumers)
            {
                var result = consumer.Consume(TimeSpan.FromMilliseconds(10));
                if (result is { IsPartitionEOF: false }) read.Add(result.Message.Value);
            }
        }
    }
}
