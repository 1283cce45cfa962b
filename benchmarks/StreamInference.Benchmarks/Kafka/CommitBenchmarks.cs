using System.Text;
using BenchmarkDotNet.Attributes;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Kafka.Native;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Sinks;
using StreamInference.Kafka.Sources;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Benchmarks.Kafka;

/// <summary>
/// One transaction of 1,000 results, per result: our sink, and the same through Confluent.Kafka's managed producer at its best settings
/// (background poll off, reports on), as baseline of the same run.
/// </summary>
[MemoryDiagnoser]
public class CommitBenchmarks
{
    private const int Results = 1_000;

    private readonly CommitRequest _request = new();
    private readonly byte[] _key = "card-0001"u8.ToArray();
    private readonly byte[] _value = new byte[60];
    private MockCluster _cluster = null!;
    private KafkaTransactionalSink _sink = null!;
    private IConsumer<Ignore, Ignore> _member = null!;
    private IProducer<byte[], byte[]> _managed = null!;

    [Params(ResultHeaders.None, ResultHeaders.Source, ResultHeaders.Standard)]
    public ResultHeaders Headers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _cluster = new MockCluster("out", "dlq", "in");
        KafkaSinkOptions options = new()
        {
            Settings = KafkaSettings.For(_cluster.BootstrapServers),
            Pipeline = "fraud",
            TransactionalId = "own",
            ResultTopic = "out",
            DeadLetterTopic = "dlq",
            Headers = Headers,
        };
        _sink = new KafkaTransactionalSink(
            options, new SomeMember(), () => new TransactionalProducer(options.ProducerProperties(), NullLogger.Instance), NullLogger.Instance, TimeProvider.System, expired: null);
        _sink.Connect(TimeSpan.FromSeconds(30));
        FillRequest();
        _managed = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = _cluster.BootstrapServers,
            TransactionalId = "managed",
            EnableBackgroundPoll = false,
            DeliveryReportFields = "none",
            LingerMs = 5,
            RetryBackoffMs = 10,
        }).SetLogHandler((_, _) => { }).Build();
        _member = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = _cluster.BootstrapServers, GroupId = "group" }).SetLogHandler((_, _) => { }).Build();
        _member.Subscribe("in");
        while (_member.Assignment.Count == 0) _member.Consume(TimeSpan.FromMilliseconds(50));
        _managed.InitTransactions(TimeSpan.FromSeconds(30));
    }

    [Benchmark(OperationsPerInvoke = Results)]
    public void Sink()
    {
        if (_sink.Commit(_request) != CommitOutcome.Committed) throw new InvalidOperationException(_sink.LastError);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Results)]
    public void ManagedProducer()
    {
        _managed.BeginTransaction();
        for (int i = 0; i < Results; i++) _managed.Produce("out", new Message<byte[], byte[]> { Key = _key, Value = _value, Headers = ManagedHeaders(i) });
        _managed.Flush(TimeSpan.FromSeconds(30));
        _managed.SendOffsetsToTransaction([new TopicPartitionOffset("in", 0, Results)], _member.ConsumerGroupMetadata, TimeSpan.FromSeconds(30));
        _managed.CommitTransaction(TimeSpan.FromSeconds(30));
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _sink.Dispose();
        _managed.Dispose();
        _member.Close();
        _cluster.Dispose();
    }

    private Headers? ManagedHeaders(int offset)
    {
        if (Headers == ResultHeaders.None) return null;
        Headers headers = new() { { "si-source", Encoding.UTF8.GetBytes($"in/0/{offset}") } };
        if (Headers == ResultHeaders.Source) return headers;
        headers.Add("si-pipeline", "fraud"u8.ToArray());
        headers.Add("si-model", "fraud"u8.ToArray());
        headers.Add("si-version", "1"u8.ToArray());
        headers.Add("si-seq", "0"u8.ToArray());
        headers.Add("si-final", "true"u8.ToArray());
        return headers;
    }

    private void FillRequest()
    {
        PartitionAssignment assignment = new("in", 0);
        OneRecordLease lease = new(_key, _value);
        ResultBatch batch = new() { Model = new ModelIdentity("fraud", 1) };
        for (int i = 0; i < Results; i++)
        {
            _value.CopyTo(batch.GetSpan(_value.Length));
            batch.Advance(_value.Length);
            batch.Add(new StreamRecord(lease, 0, assignment, i, 1_700_000_000_000));
        }

        _request.Results.Add(new ResultRange(batch, 0, Results));
        _request.Offsets.Add(new PartitionOffset(assignment, Results));
    }

    private sealed class SomeMember : IGroupMembership
    {
        public nint ReadGroupMetadata() => LibRdKafka.rd_kafka_consumer_group_metadata_new_with_genid("group", 1, "member", null);
    }

    private sealed class OneRecordLease(byte[] key, byte[] value) : RecordLease
    {
        public override ReadOnlySpan<byte> Key(int index) => key;

        public override bool HasKey(int index) => true;

        public override ReadOnlySpan<byte> Value(int index) => value;

        public override bool HasValue(int index) => true;

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
}
