using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Batching;
using StreamInference.Pipeline;
using StreamInference.Runners;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Pipeline;

/// <summary>A worker between a fake source, a manual runner and a scripted sink, driven pass by pass.</summary>
internal sealed class WorkerBench : IDisposable
{
    public const string Topic = "input";

    private readonly PipelineMetrics _metrics = new("test");

    public WorkerBench(
        PipelineWorkerOptions? options = null, IBatchPolicy? policy = null, ScriptedSink? sink = null, int capacity = int.MaxValue, IModelRunner? runner = null)
    {
        Sink = sink ?? new ScriptedSink();
        Runner.Capacity = capacity;
        // No pass may wait for real: time is fake.
        Options = options ?? new PipelineWorkerOptions { Pipeline = "test", MaxPollWait = TimeSpan.Zero, PauseAfter = TimeSpan.FromMilliseconds(500) };
        Worker = new PipelineWorker(
            Options, Source, runner ?? Runner, Sink, policy ?? new FixedBatchPolicy(100, TimeSpan.Zero), Time, _metrics, NullLogger.Instance);
        Worker.Start();
    }

    public PipelineWorkerOptions Options { get; }

    public FakeTimeProvider Time { get; } = new();

    public FakeRecordSource Source { get; } = new();

    public ManualModelRunner Runner { get; } = new();

    public ScriptedSink Sink { get; }

    public PipelineMetrics Metrics => _metrics;

    public PipelineWorker Worker { get; }

    public void Assign(int partition, long from = 0) => Source.ScheduleAssign(Topic, partition, from);

    /// <summary>Assigns at the offset that the sink has when the assignment takes place.</summary>
    public void AssignAtCommitted(int partition) => Source.ScheduleAssign(Topic, partition, () => Sink.Offsets.GetValueOrDefault((Topic, partition)));

    public void Append(int partition, int count)
    {
        for (int i = 0; i < count; i++) Source.Append(Topic, partition, MemoryRecord.Of("k", $"{partition}:{i}"));
    }

    /// <summary>Lets as much time pass as an idle worker leaves between two commits.</summary>
    public void Rest() => Time.Advance(Options.Commit.Interval / 2);

    public WorkerStatus Pass(int times = 1)
    {
        WorkerStatus status = WorkerStatus.Running;
        for (int i = 0; i < times && status == WorkerStatus.Running; i++) status = Worker.RunOnce();
        return status;
    }

    public void Dispose()
    {
        Worker.Dispose();
        _metrics.Dispose();
    }
}
