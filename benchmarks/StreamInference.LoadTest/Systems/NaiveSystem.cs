using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.LoadTest.Systems;

/// <summary>What a user writes first: Consume one, run the model on it, Produce one, commit every so often. The same model code, one record at a time.</summary>
internal static class NaiveSystem
{
    public static void Run(SystemOptions options, CancellationToken stop)
    {
        Meter meter = new("naive", options.ExitAfter);
        using TabularModel model = Models.Load(options);
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = options.Bootstrap,
            GroupId = options.Group,
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).SetLogHandler((_, _) => { }).Build();
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = options.Bootstrap,
            TransactionalId = options.Group + "-naive",
        }).SetLogHandler((_, _) => { }).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(60));
        consumer.Subscribe(options.Input);
        ResultBatch results = new();
        Dictionary<TopicPartition, Offset> offsets = [];
        long begun = 0;
        int count = 0;
        while (!stop.IsCancellationRequested)
        {
            ConsumeResult<byte[], byte[]>? consumed = consumer.Consume(TimeSpan.FromMilliseconds(100));
            if (consumed is not null)
            {
                if (count++ == 0)
                {
                    producer.BeginTransaction();
                    begun = Stopwatch.GetTimestamp();
                }

                producer.Produce(options.Output, new Message<byte[], byte[]> { Key = consumed.Message.Key, Value = Score(model, results, consumed), Timestamp = consumed.Message.Timestamp });
                offsets[consumed.TopicPartition] = consumed.Offset + 1;
            }

            if (count == 0 || Stopwatch.GetElapsedTime(begun).TotalMilliseconds < options.CommitMs) continue;
            producer.SendOffsetsToTransaction(offsets.Select(entry => new TopicPartitionOffset(entry.Key, entry.Value)), consumer.ConsumerGroupMetadata, TimeSpan.FromSeconds(30));
            producer.CommitTransaction();
            meter.Committed(count);
            count = 0;
            offsets.Clear();
        }
    }

    private static byte[] Score(TabularModel model, ResultBatch results, ConsumeResult<byte[], byte[]> consumed)
    {
        MicroBatch batch = new();
        ManagedLease lease = new(consumed.Message.Key, consumed.Message.Value);
        batch.Add(new StreamRecord(lease, 0, new PartitionAssignment(consumed.Topic, consumed.Partition), consumed.Offset, consumed.Message.Timestamp.UnixTimestampMs), 0);
        results.Clear();
        model.Run(batch, results);
        return results.Results[0].Error is { } error ? Encoding.UTF8.GetBytes(error.Code) : results.ValueOf(results.Results[0]).ToArray();
    }
}

/// <summary>One record in managed memory.</summary>
internal sealed class ManagedLease(byte[]? key, byte[]? value) : RecordLease
{
    public override ReadOnlySpan<byte> Key(int index) => key;

    public override bool HasKey(int index) => key is not null;

    public override ReadOnlySpan<byte> Value(int index) => value;

    public override bool HasValue(int index) => value is not null;

    public override bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> found)
    {
        found = default;
        return false;
    }

    public override void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into)
    {
    }

    protected override void GiveBack()
    {
    }
}
