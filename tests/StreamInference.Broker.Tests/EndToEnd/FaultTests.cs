using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamInference.Broker.Tests.EndToEnd;

public sealed class FaultTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static readonly TimeSpan Wait = Clients.Patience;

    [Fact]
    public async Task A_lost_produce_answer_leads_to_a_resend_that_is_not_stored_again()
    {
        var topic = await fixture.TopicAsync();
        using var fault = fixture.Broker.Control(ApiKey.Produce, static request => request.Attempt == 2 ? FaultAction.DisconnectAfter : FaultAction.Pass);
        using var producer = Clients.Producer(fixture.Servers);
        for (var i = 0; i < 4; i++) await producer.ProduceAsync(topic, Clients.Record($"{i}"), TestContext.Current.CancellationToken);

        Assert.Equal(1, fault.Fired);
        Assert.True(fault.Seen >= 5);
        Assert.Equal(["0", "1", "2", "3"], Clients.ReadValues(fixture.Servers, topic));
    }

    [Fact]
    public async Task A_lost_commit_answer_is_asked_for_again_and_the_transaction_counts_once()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Transactional(fixture.Servers, "lost-commit");
        producer.InitTransactions(Wait);
        producer.BeginTransaction();
        producer.Produce(topic, Clients.Record("once"));
        producer.Flush(Wait);
        using (var fault = fixture.Broker.Control(ApiKey.EndTxn, static request => request.Attempt == 1 ? FaultAction.DisconnectAfter : FaultAction.Pass))
        {
            producer.CommitTransaction(Wait);
            Assert.Equal(1, fault.Fired);
        }
        Assert.Equal(["once"], Clients.ReadValues(fixture.Servers, topic));
    }

    [Fact]
    public async Task A_retriable_answer_is_asked_again_and_the_handle_ends_the_fault()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Transactional(fixture.Servers, "retry");
        using (var fault = fixture.Broker.Control(
            ApiKey.InitProducerId,
            static request => request.TransactionalId == "retry" && request.Attempt <= 2 ? FaultAction.Answer(ErrorCode.ConcurrentTransactions) : FaultAction.Pass))
        {
            producer.InitTransactions(Wait);
            Assert.Equal(2, fault.Fired);
        }
        producer.BeginTransaction();
        producer.Produce(topic, Clients.Record("value"));
        producer.CommitTransaction(Wait);
        Assert.Equal(["value"], Clients.ReadValues(fixture.Servers, topic));
    }

    [Fact]
    public async Task A_fatal_answer_to_a_commit_is_fatal_to_the_producer_and_nothing_is_visible()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Transactional(fixture.Servers, "fatal");
        producer.InitTransactions(Wait);
        producer.BeginTransaction();
        producer.Produce(topic, Clients.Record("value"));
        using var fault = fixture.Broker.Control(ApiKey.EndTxn, static _ => FaultAction.Answer(ErrorCode.InvalidProducerEpoch));
        var error = Assert.ThrowsAny<KafkaException>(() => producer.CommitTransaction(Wait));
        Assert.True(error.Error.IsFatal);
        Assert.Equal(1, fault.Fired);
        Assert.Empty(Clients.ReadValues(fixture.Servers, topic));
    }

    [Fact]
    public async Task A_dropped_request_ends_with_the_clients_own_timeout()
    {
        var topic = await fixture.TopicAsync();
        using var admin = Clients.Admin(fixture.Servers);
        using var fault = fixture.Broker.Control(ApiKey.DescribeConfigs, static _ => FaultAction.Drop);
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic };
        var error = await Assert.ThrowsAsync<KafkaException>(() =>
            admin.DescribeConfigsAsync([resource], new DescribeConfigsOptions { RequestTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal(Confluent.Kafka.ErrorCode.Local_TimedOut, error.Error.Code);
        Assert.True(fault.Fired >= 1);
    }

    [Fact]
    public async Task A_delayed_request_is_handled_later()
    {
        var topic = await fixture.TopicAsync();
        using var admin = Clients.Admin(fixture.Servers);
        using var fault = fixture.Broker.Control(ApiKey.DescribeConfigs, static _ => FaultAction.Delay(TimeSpan.FromMilliseconds(20)));
        using var lateAnswer = fixture.Broker.Control(ApiKey.DeleteTopics, static _ => FaultAction.DelayResponse(TimeSpan.FromMilliseconds(20)));
        var configs = await admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }]);
        Assert.NotEmpty(configs[0].Entries);
        await admin.DeleteTopicsAsync([topic]);
        Assert.Equal((1, 1), (fault.Fired, lateAnswer.Fired));
    }

    [Fact]
    public async Task A_lost_answer_on_a_connection_that_stays_is_waited_for_and_asked_again()
    {
        var topic = await fixture.TopicAsync();
        using var producer = Clients.Producer(fixture.Servers, static config => config.RequestTimeoutMs = 500);
        using var fault = fixture.Broker.Control(ApiKey.Produce, static request => request.Attempt == 1 ? FaultAction.DropResponse : FaultAction.Pass);
        await producer.ProduceAsync(topic, Clients.Record("value"), TestContext.Current.CancellationToken);
        Assert.Equal(1, fault.Fired);
        Assert.Equal(["value"], Clients.ReadValues(fixture.Servers, topic));
    }

    [Fact]
    public async Task A_connection_refused_once_is_made_again()
    {
        var topic = await fixture.TopicAsync();
        using var fault = fixture.Broker.Control(ApiKey.FindCoordinator, static request => request.Attempt == 1 ? FaultAction.Disconnect : FaultAction.Pass);
        using var consumer = Clients.Consumer(fixture.Servers, "refused").Build();
        consumer.Subscribe(topic);
        Assert.True(consumer.Consume(Wait).IsPartitionEOF);
        consumer.Close();
        Assert.Equal(1, fault.Fired);
    }
}
