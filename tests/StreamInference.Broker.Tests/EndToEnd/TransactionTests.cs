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

    [Fact]
    public async Task An_abandoned_transaction_ends_by_its_timeout_and_its_producer_is_fenced()
    {
        var topic = await fixture.TopicAsync();
        using var abandoned = Clients.Transactional(fixture.Servers, "abandoned", static config =>
        {
            config.TransactionTimeoutMs = 1000;
            config.MessageTimeoutMs = 1000;
            config.SocketTimeoutMs = 1000;
        });
        abandoned.InitTransactions(Wait);
        Write(abandoned, topic, "lost");
        using var other = Clients.Producer(fixture.Servers);
        await other.ProduceAsync(topic, Clients.Record("behind"), TestContext.Current.CancellationToken);

        using var reader = Clients.Consumer(fixture.Servers, "waits-for-timeout", static config => config.EnablePartitionEof = false).Build();
        reader.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        Assert.Equal("behind", reader.Consume(Wait).Message.Value);
        var error = Assert.ThrowsAny<KafkaException>(() => abandoned.CommitTransaction(Wait));
        Assert.True(error.Error.IsFatal, error.ToString());
    }

    [Fact]
    public async Task A_committed_offset_is_not_told_while_a_transaction_is_about_to_change_it()
    {
        var topic = await fixture.TopicAsync();
        var partition = new TopicPartition(topic, 0);
        using var producer = Clients.Transactional(fixture.Servers, "unstable");
        using var member = Clients.Consumer(fixture.Servers, "unstable-group").Build();
        using var observer = Clients.Consumer(fixture.Servers, "unstable-group").Build();
        producer.InitTransactions(Wait);
        member.Subscribe(topic);
        member.Consume(Wait);
        producer.BeginTransaction();
        producer.SendOffsetsToTransaction([new TopicPartitionOffset(partition, 5)], member.ConsumerGroupMetadata, Wait);

        var error = Assert.ThrowsAny<KafkaException>(() => observer.Committed([partition], TimeSpan.FromMilliseconds(300)));
        Assert.Equal(Confluent.Kafka.ErrorCode.Local_TimedOut, error.Error.Code);
        producer.CommitTransaction(Wait);
        Assert.Equal(5, observer.Committed([partition], Wait)[0].Offset.Value);
        member.Close();
    }

    [Fact]
    public async Task Offsets_of_an_older_generation_are_refused_and_the_transaction_must_abort()
    {
        var topic = await fixture.TopicAsync(2);
        using var producer = Clients.Transactional(fixture.Servers, "stale");
        using var first = Clients.Consumer(fixture.Servers, "stale-group").Build();
        producer.InitTransactions(Wait);
        first.Subscribe(topic);
        first.Consume(Wait);
        var stale = first.ConsumerGroupMetadata;
        using var second = Clients.Consumer(fixture.Servers, "stale-group").Build();
        second.Subscribe(topic);
        for (var deadline = DateTime.UtcNow + Wait; second.Assignment.Count == 0 && DateTime.UtcNow < deadline;)
        {
            first.Consume(TimeSpan.FromMilliseconds(10));
            second.Consume(TimeSpan.FromMilliseconds(10));
        }

        producer.BeginTransaction();
        producer.Produce(topic, Clients.Record("zombie"));
        producer.Flush(Wait);
        var error = Assert.Throws<KafkaTxnRequiresAbortException>(() =>
            producer.SendOffsetsToTransaction([new TopicPartitionOffset(topic, 0, 1)], stale, Wait));
        Assert.Equal(Confluent.Kafka.ErrorCode.IllegalGeneration, error.Error.Code);
        producer.AbortTransaction(Wait);
        Assert.Empty(Clients.ReadValues(fixture.Servers, topic, 2));
        first.Close();
        second.Close();
    }

    [Fact]
    public async Task A_record_over_the_topics_limit_is_refused_and_others_are_not()
    {
        var topic = await fixture.TopicAsync(1, ("max.message.bytes", "1000"));
        using var producer = Clients.Producer(fixture.Servers);
        var error = await Assert.ThrowsAsync<ProduceException<string, string>>(() =>
            producer.ProduceAsync(topic, Clients.Record(new string('x', 2000)), TestContext.Current.CancellationToken));
        Assert.Equal(Confluent.Kafka.ErrorCode.MsgSizeTooLarge, error.Error.Code);
        await producer.ProduceAsync(topic, Clients.Record("small"), TestContext.Current.CancellationToken);
        Assert.Equal(["small"], Clients.ReadValues(fixture.Servers, topic));
    }

    private static void Write(IProducer<string, string> producer, string topic, params string[] values)
    {
        producer.BeginTransaction();
        foreach (var value in values) producer.Produce(topic, Clients.Record(value));
        producer.Flush(Wait);
    }
}
