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

    [Fact]
    public async Task A_killed_static_member_has_its_partitions_back_and_the_other_notices_nothing()
    {
        var topic = await fixture.TopicAsync(partitions: 2);
        var rebalances = 0;
        using var stays = Clients.Consumer(fixture.Servers, "static", static config => config.GroupInstanceId = "slot-1")
            .SetPartitionsAssignedHandler((_, partitions) => rebalances += partitions.Count > 0 ? 1 : 0)
            .SetPartitionsRevokedHandler((_, _) => rebalances++).Build();
        var killed = Clients.Consumer(fixture.Servers, "static", static config => config.GroupInstanceId = "slot-2").Build();
        stays.Subscribe(topic);
        killed.Subscribe(topic);
        PollUntil(() => stays.Assignment.Count == 1 && killed.Assignment.Count == 1, stays, killed);
        var (before, owned) = (rebalances, killed.Assignment[0]);
        killed.Dispose(); // without Close: it does not leave

        using var back = Clients.Consumer(fixture.Servers, "static", static config => config.GroupInstanceId = "slot-2").Build();
        back.Subscribe(topic);
        PollUntil(() => back.Assignment.Count == 1, stays, back);
        Assert.Equal(owned, back.Assignment[0]);
        Assert.Equal(before, rebalances);
        stays.Close();
        back.Close();
    }

    [Fact]
    public async Task The_partitions_of_a_killed_dynamic_member_go_to_the_others_when_its_session_ends()
    {
        var topic = await fixture.TopicAsync(partitions: 2);
        using var stays = Clients.Consumer(fixture.Servers, "dynamic", static config => config.SessionTimeoutMs = 1000).Build();
        var killed = Clients.Consumer(fixture.Servers, "dynamic", static config => config.SessionTimeoutMs = 1000).Build();
        stays.Subscribe(topic);
        killed.Subscribe(topic);
        PollUntil(() => stays.Assignment.Count == 1 && killed.Assignment.Count == 1, stays, killed);
        killed.Dispose();
        PollUntil(() => stays.Assignment.Count == 2, stays);
        stays.Close();
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
