using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Broker.Groups;
using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.State;
using StreamInference.Broker.Tests.Logs;
using StreamInference.Broker.Topics;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker.Tests.Transactions;

/// <summary>A coordinator with two partitions on a loop with fake time.</summary>
internal sealed class TransactionDriver : IAsyncDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    public static readonly TopicPartition P0 = new("topic", 0);
    public static readonly TopicPartition P1 = new("topic", 1);

    private readonly BrokerLoop _loop;

    public TransactionDriver()
    {
        _loop = new BrokerLoop(Time, NullLogger.Instance);
        Topics = new TopicCatalog(StateJournal.None, new LogFactory(null, Time, NullLogger.Instance), new LogOptions());
        Topics.Create("topic", 2, TopicSettings.Create(new Dictionary<string, string>(), new LogOptions()).Settings!);
        Groups = new GroupCoordinator(_loop, StateJournal.None, TimeSpan.Zero);
        Coordinator = new TransactionCoordinator(_loop, StateJournal.None, Topics, Groups, Time, TimeSpan.FromMinutes(15));
    }

    public FakeTimeProvider Time { get; } = new();

    public TopicCatalog Topics { get; }

    public GroupCoordinator Groups { get; }

    public TransactionCoordinator Coordinator { get; }

    public PartitionLog Log(TopicPartition key) => Topics.Find(key.Topic, key.Partition)!.Log;

    public ProducerIdentity Initialize(long producerId = -1, short epoch = -1) =>
        OnLoop(() => Coordinator.Initialize("id", Timeout, producerId, epoch));

    public ErrorCode Add(ProducerIdentity producer, params TopicPartition[] partitions) =>
        OnLoop(() => Coordinator.AddPartitions("id", producer.ProducerId, producer.Epoch, partitions));

    public ErrorCode End(ProducerIdentity producer, bool commit) =>
        OnLoop(() => Coordinator.End("id", producer.ProducerId, producer.Epoch, commit));

    public void Write(ProducerIdentity producer, TopicPartition partition, int sequence) => OnLoop(() =>
    {
        var batch = TestBatch.Idempotent(producer.ProducerId, producer.Epoch, sequence, transactional: true).ToBytes();
        Assert.Equal(ErrorCode.None, Coordinator.CheckProduce(producer.ProducerId, producer.Epoch, partition));
        Assert.Equal(ErrorCode.None, Log(partition).Producers.Check(new BatchHeader(batch)).Error);
        return Log(partition).Append(batch, 0);
    });

    public T OnLoop<T>(Func<T> function) => _loop.InvokeAsync(function).GetAwaiter().GetResult();

    public void Advance(TimeSpan time)
    {
        Time.Advance(time + TimeSpan.FromMilliseconds(2));
        OnLoop(static () => 0);
    }

    public async ValueTask DisposeAsync() => await _loop.DisposeAsync();
}
