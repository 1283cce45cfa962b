using Confluent.Kafka;

namespace StreamInference.Broker.Tests.EndToEnd;

public sealed class RestartTests
{
    private static readonly TimeSpan Wait = Clients.Patience;

    [Fact]
    public async Task What_was_committed_is_there_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await StartAsync(folder))
        {
            await Clients.CreateTopicAsync(broker.BootstrapServers, "orders", 2, ("retention.ms", "1000000"));
            using var producer = Clients.Transactional(broker.BootstrapServers, "writer");
            producer.InitTransactions(Wait);
            Write(producer, "orders", "a", commit: true);
            Write(producer, "orders", "x", commit: false);
            Write(producer, "orders", "b", commit: true);
        }

        await using var again = await StartAsync(folder);
        Assert.Equal(["a", "b"], Clients.ReadValues(again.BootstrapServers, "orders", 2).Order());
        using var next = Clients.Transactional(again.BootstrapServers, "writer");
        next.InitTransactions(Wait);
        Write(next, "orders", "c", commit: true);
        Assert.Equal(["a", "b", "c"], Clients.ReadValues(again.BootstrapServers, "orders", 2).Order());
    }

    [Fact]
    public async Task An_open_transaction_of_a_killed_broker_stays_invisible_until_its_id_comes_back()
    {
        using var folder = new TemporaryFolder();
        await using var broker = await StartAsync(folder);
        await Clients.CreateTopicAsync(broker.BootstrapServers, "orders");
        using var producer = Clients.Transactional(broker.BootstrapServers, "writer");
        producer.InitTransactions(Wait);
        Write(producer, "orders", "a", commit: true);
        producer.BeginTransaction();
        producer.Produce("orders", Clients.Record("open"));
        producer.Flush(Wait);

        using var left = folder.CopyAsAfterKill();
        await using var again = await StartAsync(left);
        Assert.Equal(["a"], Clients.ReadValues(again.BootstrapServers, "orders"));
        Assert.Equal(["a", "open"], Clients.ReadValues(again.BootstrapServers, "orders", isolation: IsolationLevel.ReadUncommitted));
        using var next = Clients.Transactional(again.BootstrapServers, "writer");
        next.InitTransactions(Wait);
        Write(next, "orders", "b", commit: true);
        Assert.Equal(["a", "b"], Clients.ReadValues(again.BootstrapServers, "orders"));
    }

    [Fact]
    public async Task A_group_finds_its_offsets_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        var partition = new TopicPartition("orders", 0);
        await using (var broker = await StartAsync(folder))
        {
            await Clients.CreateTopicAsync(broker.BootstrapServers, "orders");
            using var consumer = Clients.Consumer(broker.BootstrapServers, "readers").Build();
            consumer.Assign(partition);
            consumer.Commit([new TopicPartitionOffset(partition, 42)]);
            consumer.Close();
        }

        await using var again = await StartAsync(folder);
        using var resumed = Clients.Consumer(again.BootstrapServers, "readers").Build();
        Assert.Equal(42, resumed.Committed([partition], Wait)[0].Offset.Value);
    }

    [Fact]
    public async Task Members_of_a_group_go_on_over_a_restart_of_the_broker()
    {
        using var folder = new TemporaryFolder();
        var lost = 0;
        IConsumer<string, string> consumer;
        int port;
        await using (var broker = await StartAsync(folder))
        {
            port = broker.Port;
            await Clients.CreateTopicAsync(broker.BootstrapServers, "orders");
            consumer = Clients.Consumer(broker.BootstrapServers, "readers", static config => config.EnablePartitionEof = false)
                .SetPartitionsRevokedHandler((_, _) => lost++).SetPartitionsLostHandler((_, _) => lost++).Build();
            consumer.Subscribe("orders");
            using var producer = Clients.Producer(broker.BootstrapServers);
            await producer.ProduceAsync("orders", Clients.Record("before"), TestContext.Current.CancellationToken);
            Assert.Equal("before", consumer.Consume(Wait).Message.Value);
        }

        var options = new EmbeddedBrokerOptions { LogDirectory = folder.Path, Port = port };
        await using var again = await EmbeddedBroker.StartAsync(options, TestContext.Current.CancellationToken);
        using var next = Clients.Producer(again.BootstrapServers);
        await next.ProduceAsync("orders", Clients.Record("after"), TestContext.Current.CancellationToken);
        Assert.Equal("after", consumer.Consume(Wait).Message.Value);
        consumer.Commit([new TopicPartitionOffset("orders", 0, 2)]); // still a member of the same generation
        Assert.Equal(0, lost);
        Assert.Equal(1, again.State.Groups.Find("readers")!.Generation);
        consumer.Close();
        consumer.Dispose();
    }

    [Fact]
    public async Task A_folder_is_for_one_broker_at_a_time()
    {
        using var folder = new TemporaryFolder();
        await using var broker = await StartAsync(folder);

        await Assert.ThrowsAsync<IOException>(() => StartAsync(folder));
    }

    [Fact]
    public async Task Deleted_topics_stay_deleted_with_their_files()
    {
        using var folder = new TemporaryFolder();
        await using (var broker = await StartAsync(folder))
        {
            await Clients.CreateTopicAsync(broker.BootstrapServers, "kept");
            await Clients.CreateTopicAsync(broker.BootstrapServers, "gone");
            using var admin = Clients.Admin(broker.BootstrapServers);
            await admin.DeleteTopicsAsync(["gone"]);
        }

        await using var again = await StartAsync(folder);
        using var clients = Clients.Admin(again.BootstrapServers);
        Assert.Equal(["kept"], clients.GetMetadata(Wait).Topics.Select(static topic => topic.Topic));
        Assert.Equal(["kept-0"], Directory.GetDirectories(Path.Combine(folder.Path, "logs")).Select(Path.GetFileName));
    }

    private static Task<EmbeddedBroker> StartAsync(TemporaryFolder folder) =>
        EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { LogDirectory = folder.Path }, TestContext.Current.CancellationToken);

    private static void Write(IProducer<string, string> producer, string topic, string value, bool commit)
    {
        producer.BeginTransaction();
        producer.Produce(topic, Clients.Record(value));
        producer.Flush(Wait);
        if (commit) producer.CommitTransaction(Wait);
        else producer.AbortTransaction(Wait);
    }
}
