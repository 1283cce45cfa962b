using Confluent.Kafka;

namespace StreamInference.Broker.Tests.EndToEnd;

/// <summary>
/// Copies a topic in transactions while connections break before and after requests, on a broker that is also killed and
/// opened again on its files. Every record must come out once.
/// </summary>
public sealed class ChaosTests
{
    private const int Records = 300;
    private static readonly TimeSpan Wait = Clients.Patience;

    [Fact]
    public async Task A_transactional_copy_is_exact_under_broken_connections_and_restarts()
    {
        var seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage($"chaos seed {seed}");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        var port = 0;
        var (copied, fired) = (0, 0);
        for (var round = 0; copied < Records; round++)
        {
            Assert.True(round < 40, $"seed {seed}: {copied} of {Records} after {round} rounds");
            var options = new EmbeddedBrokerOptions { LogDirectory = folder.Path, Port = port };
            await using var broker = await EmbeddedBroker.StartAsync(options, TestContext.Current.CancellationToken);
            port = broker.Port;
            if (round == 0) await FillAsync(broker.BootstrapServers);
            var faults = Enum.GetValues<ApiKey>().Where(static key => key is not (ApiKey.ApiVersions or ApiKey.Metadata))
                .Select(key => broker.Control(key, _ => Decide(random))).ToList();
            copied = CopySome(broker.BootstrapServers, random.Next(1, 5));
            fired += faults.Sum(static fault => fault.Fired);
        }

        await using var last = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { LogDirectory = folder.Path }, TestContext.Current.CancellationToken);
        Assert.True(fired >= 3, $"seed {seed}: only {fired} faults");
        Assert.Equal(Enumerable.Range(0, Records).Select(static i => $"{i}"), Clients.ReadValues(last.BootstrapServers, "output"));
    }

    private static FaultAction Decide(Random random)
    {
        lock (random)
        {
            return random.Next(40) switch
            {
                0 => FaultAction.Disconnect,
                1 => FaultAction.DisconnectAfter,
                2 => FaultAction.Delay(TimeSpan.FromMilliseconds(5)),
                _ => FaultAction.Pass,
            };
        }
    }

    private static async Task FillAsync(string servers)
    {
        await Clients.CreateTopicAsync(servers, "input");
        await Clients.CreateTopicAsync(servers, "output");
        using var producer = Clients.Producer(servers);
        for (var i = 0; i < Records; i++) producer.Produce("input", Clients.Record($"{i}"));
        producer.Flush(Wait);
    }

    /// <summary>
    /// What a worker does between two deaths: take over, go on from the committed offset, some transactions, and an open
    /// one left behind. Any error ends it, as it would end a process. Returns the committed offset as far as it knows.
    /// </summary>
    private static int CopySome(string servers, int transactions)
    {
        var committed = 0;
        try
        {
            using var consumer = Clients.Consumer(servers, "copier", static config => config.GroupInstanceId = "slot").Build();
            using var producer = Clients.Transactional(servers, "copier", static config => config.SocketTimeoutMs = 2000);
            producer.InitTransactions(Wait);
            consumer.Subscribe("input");
            for (var i = 0; i <= transactions; i++)
            {
                producer.BeginTransaction();
                var next = CopyBatch(consumer, producer);
                producer.Flush(Wait);
                if (i == transactions) break;
                producer.SendOffsetsToTransaction([new TopicPartitionOffset("input", 0, next)], consumer.ConsumerGroupMetadata, Wait);
                producer.CommitTransaction(Wait);
                committed = next;
                if (committed == Records) break;
            }
        }
        catch (KafkaException)
        {
            // the next round's worker finds out what was committed
        }
        return committed;
    }

    private static int CopyBatch(IConsumer<string, string> consumer, IProducer<string, string> producer)
    {
        var next = -1;
        for (var taken = 0; taken < 20;)
        {
            var result = consumer.Consume(Wait) ?? throw new KafkaException(Confluent.Kafka.ErrorCode.Local_TimedOut);
            if (result.IsPartitionEOF)
            {
                next = Math.Max(next, (int)result.Offset.Value);
                break;
            }
            producer.Produce("output", result.Message);
            next = (int)result.Offset.Value + 1;
            taken++;
        }
        return next;
    }
}
