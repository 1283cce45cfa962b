using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Kafka.Native;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Sinks;
using StreamInference.Kafka.Sources;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Kafka.Tests.Sinks;

/// <summary>A sink over scripted producers, with one partition and as many records as a test wants.</summary>
internal sealed class SinkBench : IGroupMembership, IDisposable
{
    private readonly MemoryRecordLease _lease = new();

    public SinkBench(Func<ProducerEvent, KafkaFailure?> answer, TimeProvider? time = null, Action<string>? expired = null)
    {
        KafkaSinkOptions options = new()
        {
            Settings = KafkaSettings.For("localhost:1"),
            Pipeline = "p",
            TransactionalId = "p-0",
            ResultTopic = "out",
            DeadLetterTopic = "dlq",
            Headers = ResultHeaders.None,
            CallTimeout = TimeSpan.FromMilliseconds(1),
            RetryDeadline = TimeSpan.FromSeconds(60),
            WatchdogLimit = TimeSpan.FromSeconds(30),
        };
        ITransactionalProducer Create()
        {
            Producers.Add(new ScriptedProducer(answer));
            return Producers[^1];
        }

        Sink = new KafkaTransactionalSink(options, this, Create, NullLogger.Instance, time ?? TimeProvider.System, expired ?? (_ => { }));
    }

    public KafkaTransactionalSink Sink { get; }

    public List<ScriptedProducer> Producers { get; } = [];

    public PartitionAssignment Assignment { get; } = new("in", 0);

    public bool IsMember { get; set; } = true;

    public static KafkaFailure Fatal(int code = KafkaErrorCode.Fenced) => new(code, true, false, false, "fatal");

    public static KafkaFailure Abortable(int code = KafkaErrorCode.IllegalGeneration) => new(code, false, true, false, "abortable");

    public static KafkaFailure Retriable() => new(KafkaErrorCode.TimedOut, false, false, true, "timed out");

    public static KafkaFailure Plain(int code = KafkaErrorCode.State) => new(code, false, false, false, "plain");

    /// <summary>Results of <paramref name="count"/> records.</summary>
    public CommitRequest Request(int count = 2)
    {
        ResultBatch batch = new();
        for (int i = 0; i < count; i++)
        {
            int index = _lease.Add(new MemoryRecord("k"u8.ToArray(), "v"u8.ToArray()));
            "result"u8.CopyTo(batch.GetSpan(6));
            batch.Advance(6);
            batch.Add(new StreamRecord(_lease, index, Assignment, i, 0));
        }

        CommitRequest request = new();
        request.Results.Add(new ResultRange(batch, 0, count));
        request.Offsets.Add(new PartitionOffset(Assignment, count));
        return request;
    }

    public nint ReadGroupMetadata() => LibRdKafka.rd_kafka_consumer_group_metadata_new_with_genid("g", 1, IsMember ? "member" : "", null);

    public void Dispose() => Sink.Dispose();
}
