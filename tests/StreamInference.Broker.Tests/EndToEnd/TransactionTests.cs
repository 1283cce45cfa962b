using Confluent.Kafka;

namespace StreamInference.Broker.Tests.EndToEnd;

public sealed class TransactionTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static readonly TimeSpan Wait = Clients.Patience;

    [Fact]
    public async Task Committed_records_are_read_and_aborted_ones_are_not()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Transactional(fixture.Servers, "commit-abort");
        producer.InitTransactions(Wait);

        Write(producer, topic, "a", "b");
        producer.CommitTransaction(Wait);
        Write(producer, topic, "x", "y");
        producer.AbortTransaction(Wait);
        Write(producer, topic, "c");
        producer.CommitTransaction(Wait);

        Assert.Equal(["a", "b", "c"], Clients.ReadValues(fixture.Servers, topic));
        Assert.Equal(["a", "b", "x", "y", "c"], Clients.ReadValues(fixture.Servers, topic, isolation: IsolationLevel.ReadUncommitted));
    }

    [Fact]
    public async Task An_open_transaction_hides_what_follows_it()
    {
        var topic = await fixture.TopicAsync();
        using var open = Clients.Transactional(fixture.Servers, "open");
        using var other = Clients.Producer(fixture.Servers);
        open.InitTransactions(Wait);
        Write(open, topic, "first");
        open.Flush(Wait);
        await other.ProduceAsync(topic, Clients.Record("second"), TestContext.Current.CancellationToken);

        Assert.Empty(Clients.ReadValues(fixture.Servers, topic));
        open.CommitTransaction(Wait);
        Assert.Equal(["first", "second"], Clients.ReadValues(fixture.Servers, topic));
    }

    [Fact]
    public async Task A_new_producer_with_the_id_fences_the_old_one()
    {
        var topic = await fixture.TopicAsync();
        using var old = Clients.Transactional(fixture.Servers, "fenced");
        old.InitTransactions(Wait);
        Write(old, topic, "zombie");
        old.Flush(Wait);
        using var successor = Clients.Transactional(fixture.Servers, "fenced");
        successor.InitTransactions(Wait);
        Write(successor, topic, "successor");
        successor.CommitTransaction(Wait);

        var error = Assert.ThrowsAny<KafkaException>(() => old.CommitTransaction(Wait));
        Assert.True(error.Error.IsFatal, error.ToString());
        Assert.Equal(["successor"], Clients.ReadValues(fixture.Servers, topic));
    }

    [Fact]
    public async Task Offsets_are_committed_with_the_transaction_and_dropped_with_it()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Transactional(fixture.Servers, "offsets");
        using var consumer = Clients.Consumer(fixture.Servers, "offsets-group").Build();
        producer.InitTransactions(Wait);
        consumer.Subscribe(topic);
        consumer.Consume(Wait);
        var partition = new TopicPartition(topic, 0);

        producer.BeginTransaction();
        producer.SendOffsetsToTransaction([new TopicPartitionOffset(partition, 7)], consumer.ConsumerGroupMetadata, Wait);
        producer.AbortTransaction(Wait);
        Assert.Equal(Offset.Unset, consumer.Committed([partition], Wait)[0].Offset);

        producer.BeginTransaction();
        producer.SendOffsetsToTransaction([new TopicPartitionOffset(partition, 9)], consumer.ConsumerGroupMetadata, Wait);
        producer.CommitTransaction(Wait);
        Assert.Equal(9, consumer.Committed([partition], Wait)[0].Offset.Value);
        consumer.Close();
    }

    private static void Write(IProducer<string, string> producer, string topic, params string[] values)
    {
        producer.BeginTransaction();
        foreach (var value in values) producer.Produce(topic, Clients.Record(value));
        producer.Flush(Wait);
    }
}
