using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Kafka;
using StreamInference.Kafka.Progress;
using StreamInference.Kafka.Sinks;
using StreamInference.Kafka.Sources;
using StreamInference.Pipeline;
using StreamInference.Progress;
using StreamInference.Records;

namespace StreamInference.Conformance.Progress;

/// <summary>One owner of the stream's partition in slow motion: the real worker, source, progress store and sink around numbers for tokens.</summary>
/// <remarks>All owners are members of one static slot, so that the next one has the partition at once; each has a transactional id of its own, so that
/// the group alone fences.</remarks>
internal sealed class StreamOwner : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly PipelineMetrics _metrics = new("test");
    private readonly KafkaRecordSource _source;
    private readonly PipelineWorker _worker;

    public StreamOwner(StreamOwnerOptions options)
    {
        KafkaRig rig = options.Rig;
        KafkaProgressStore store = new(rig.Settings(), options.ProgressTopic, NullLogger<KafkaProgressStore>.Instance) { Rules = options.Rules };
        _source = new KafkaRecordSource(
            new KafkaSourceOptions
            {
                Settings = rig.Settings(),
                Topics = [rig.Input],
                GroupId = rig.Group,
                Slot = "slot",
                Rules = options.Rules,
                Progress = new HookedProgressStore(store, options.EndFound),
            },
            NullLogger<KafkaRecordSource>.Instance);
        IGroupMembership membership = options.Rules.NamedMember ? _source : new FixedMembership(rig.Group, -1, "", null);
        KafkaSinkOptions sink = rig.SinkOptions(options.Name, [.. options.ProducerSettings]) with { ProgressTopic = options.ProgressTopic, Rules = options.Rules };
        PipelineWorkerOptions worker = new()
        {
            Pipeline = options.Name,
            Streams = true,
            Commit = new CommitPolicy(TimeSpan.Zero),
            MaxPollWait = TimeSpan.FromMilliseconds(20),
        };
        _worker = new PipelineWorker(
            worker, _source, Runner, rig.Sink(sink, membership, inner => options.Around(inner, this)), new FixedBatchPolicy(8, TimeSpan.Zero), TimeProvider.System, _metrics, NullLogger.Instance);
    }

    public CountingRunner Runner { get; } = new();

    public PartitionAssignment Assignment => Assert.Single(_worker.Assignments);

    public IGroupMembership Membership => _source;

    /// <summary>Joins, and runs until the request is under way.</summary>
    public StreamOwner TakeOver()
    {
        _worker.Start();
        Deadline deadline = new(Limit);
        while (Runner.Running == 0)
        {
            deadline.Check(() => $"no request is under way, {_worker.Assignments.Count} partitions");
            Assert.Equal(WorkerStatus.Running, _worker.RunOnce());
        }

        return this;
    }

    /// <summary>Makes further numbers and runs until they are committed or dropped, or the worker is over.</summary>
    public WorkerStatus Generate(int numbers)
    {
        Runner.Count(numbers);
        Deadline deadline = new(Limit);
        WorkerStatus status = WorkerStatus.Running;
        while (status == WorkerStatus.Running && !Runner.IsSettled)
        {
            deadline.Check(() => "the numbers are neither committed nor dropped");
            status = _worker.RunOnce();
        }

        return status;
    }

    public void Dispose()
    {
        _worker.Drain();
        _source.Close();
        _source.Dispose();
        _worker.Dispose();
        _metrics.Dispose();
    }

    /// <summary>The real store, with something that happens as soon as the end is found.</summary>
    private sealed class HookedProgressStore(IProgressStore inner, Action endFound) : IProgressStore
    {
        public long FindEnd(int partition)
        {
            long end = inner.FindEnd(partition);
            endFound();
            return end;
        }

        public RestoredProgress Restore(int partition, long committedOffset, long end) => inner.Restore(partition, committedOffset, end);

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>Who an owner is and what is done to it.</summary>
internal sealed record StreamOwnerOptions(KafkaRig Rig, string ProgressTopic, string Name, ProtocolRules Rules)
{
    public IReadOnlyList<(string Key, string Value)> ProducerSettings { get; init; } = [];

    /// <summary>What stands between sink and producer.</summary>
    public Func<ITransactionalProducer, StreamOwner, ITransactionalProducer> Around { get; init; } = (inner, _) => inner;

    /// <summary>Happens when the new owner has found the end of the progress.</summary>
    public Action EndFound { get; init; } = () => { };
}
