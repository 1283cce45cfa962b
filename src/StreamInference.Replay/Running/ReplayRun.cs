using Microsoft.Extensions.Logging;
using StreamInference.Configuration;
using StreamInference.Kafka;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Topics;
using StreamInference.Pipeline;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Runners;

namespace StreamInference.Replay.Running;

/// <summary>What a run works with; owned by its <see cref="ReplayRunner"/>.</summary>
internal sealed record ReplayRunParts(
    KafkaSettings Settings, ReplayJobStore Jobs, ClusterView View, IModelLoader Loader, IServiceProvider Services, ILoggerFactory Loggers, TimeProvider Time);

/// <summary>
/// One runner of a job, from joining its group to the end of the bound: the pipeline with a bounded source, batches fixed by offsets, and a group of the
/// job's own. Interrupted at any moment, the next one goes on where the last transaction ended.
/// </summary>
public sealed class ReplayRun : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SettlePause = TimeSpan.FromMilliseconds(20);

    private readonly ReplayRequest _request;
    private readonly RunnerLock _name;
    private readonly ReplayRunParts _parts;
    private readonly ReportBuilder _report;
    private readonly RateWindow _rate = new(TimeSpan.FromSeconds(5));
    private readonly RateWindow _jobRate = new(TimeSpan.FromSeconds(15));
    private volatile ReplayJob _job;
    private volatile ReplayView _view;
    private volatile bool _isCancelled;

    internal ReplayRun(ReplayJob job, ReplayRequest request, RunnerLock name, ReplayRunParts parts)
    {
        _job = job;
        _request = request;
        _name = name;
        _parts = parts;
        _report = new ReportBuilder(request.Outputs, parts.Time);
        _view = new ReplayView(new ReplayProgress(job, new Dictionary<int, long>()), 0, 0, TimeSpan.Zero, 0, null);
    }

    /// <summary>The job.</summary>
    public ReplayJob Job => _job;

    /// <summary>The run as it was at the last look, at most a second or two ago.</summary>
    public ReplayView View => _view;

    /// <summary>Whether the run has seen that its job is cancelled, and stops its workers.</summary>
    public bool IsCancelled => _isCancelled;

    /// <summary>Runs until the bound is done, the job is cancelled, or <paramref name="stop"/>; then ends in order.</summary>
    /// <exception cref="PipelineFailedException">The runner cannot go on; the message or the log says why.</exception>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public async Task<ReplayOutcome> RunAsync(CancellationToken stop)
    {
        _job = _parts.Jobs.Update(_job.Id, job => job.In(ReplayState.Running, _parts.Time.GetUtcNow())) ?? _job;
        if (_job.State == ReplayState.Cancelled) return ReplayOutcome.Cancelled;
        await EnsureTopicsAsync();
        _report.Begin(await LookAsync());
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using CancellationTokenSource ended = new();
        using StreamPipeline pipeline = new(
            Config(), new ReplayTransport(new KafkaTransport(_parts.Loggers, _parts.Settings.Properties, _name.Instance, _parts.Time), _report.NewTally),
            new ReplayModelLoader(_parts.Loader, _job.Pipeline, EnsureKeptTopics), _parts.Services, _parts.Loggers, _parts.Time);
        Task watching = WatchAsync(ending, ended.Token);
        try
        {
            await pipeline.RunAsync(ending.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await watching;
        }

        return await EndAsync(wasStopped: ending.IsCancellationRequested);
    }

    /// <summary>What this run has done so far.</summary>
    public ReplayReport Report() => _report.Build(_view.Progress, _request.Joins);

    /// <inheritdoc/>
    public void Dispose() => _name.Dispose();

    /// <summary>The pipeline as the job runs it.</summary>
    private PipelineConfig Config()
    {
        PipelineConfig live = _request.Pipeline;
        return live with
        {
            Name = _job.Group,
            Input = live.Input with { Group = _job.Group },
            Output = live.Output with { Topic = _job.OutputTopic },
            DeadLetter = new DeadLetterConfig { Topic = _job.DeadLetterTopic },
            Progress = null,
            State = null,
            // Who cancelled a request did not cancel it here.
            Control = null,
            Workers = _request.Workers ?? live.Workers,
            // Throughput: nobody waits for a single result, so a transaction is as large as the pipeline lets it be.
            Batch = live.Batch with { Policy = BatchPolicy.Fixed, LatestOnly = LatestOnly.Off },
            Commit = live.Commit with { Interval = Max(live.Commit.Interval, LongestWait) },
            Replay = new ReplayConfig { Bounds = _job.Bounds, BatchSpan = _job.BatchSpan, SkipsGone = _request.AllowsGone },
        };
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private Task EnsureTopicsAsync()
    {
        int partitions = _parts.View.PartitionsOf(_job.SourceTopic) ?? throw new KafkaUnavailableException($"There is no topic {_job.SourceTopic}.");
        return ReplayTopics.EnsureAsync(
            _parts.Settings,
            [new TopicDefinition { Name = _job.OutputTopic, Partitions = partitions }, new TopicDefinition { Name = _job.DeadLetterTopic }],
            _parts.Loggers);
    }

    /// <summary>Makes the topics of what the model keeps; called by each worker before it reads.</summary>
    private void EnsureKeptTopics(IModelRunner runner)
    {
        List<string> names = [];
        if (runner.KeepsProgress) names.Add(_job.OutputTopic + ".progress");
        if (runner.KeepsState) names.Add(_job.OutputTopic + ".state");
        if (names.Count == 0) return;
        int partitions = _parts.View.PartitionsOf(_job.SourceTopic) ?? 1;
        Dictionary<string, string> compacted = new() { ["cleanup.policy"] = "compact" };
        ReplayTopics.EnsureAsync(_parts.Settings, names.ConvertAll(name => new TopicDefinition { Name = name, Partitions = partitions, Configs = compacted }), _parts.Loggers).GetAwaiter().GetResult();
    }

    private async Task WatchAsync(CancellationTokenSource ending, CancellationToken ended)
    {
        using PeriodicTimer timer = new(LookInterval, _parts.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                try
                {
                    await LookAsync();
                    if (_parts.Jobs.Find(_job.Id) is not { State: ReplayState.Cancelled }) continue;
                    await ending.CancelAsync();
                    _isCancelled = true;
                    return;
                }
                catch (KafkaUnavailableException)
                {
                    // The workers wait for the cluster too; the next look tells.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<ReplayProgress> LookAsync()
    {
        ReplayProgress progress = new(_job, await _parts.View.CommittedAsync(_job.Group, _job.SourceTopic));
        if (!_job.HasProgress && progress.Done > 0) _job = _parts.Jobs.Update(_job.Id, job => job with { HasProgress = true }) ?? _job;
        (long records, long deadLetters) = _report.Count();
        TimeSpan elapsed = _report.Elapsed;
        _rate.Add(elapsed, records);
        _jobRate.Add(elapsed, progress.Done);
        TimeSpan? remaining = _jobRate.PerSecond > 0 ? TimeSpan.FromSeconds((_job.Length - progress.Done) / _jobRate.PerSecond) : null;
        _view = new ReplayView(progress with { Job = _job }, records, deadLetters, elapsed, _rate.PerSecond, remaining);
        return progress;
    }

    private async Task<ReplayOutcome> EndAsync(bool wasStopped)
    {
        _report.End();
        long started = _parts.Time.GetTimestamp();
        // Offsets of a transaction show in the group a moment after its commit.
        while (!(await LookAsync()).IsDone && !wasStopped && _parts.Time.GetElapsedTime(started) < SettleLimit) await Task.Delay(SettlePause, _parts.Time);
        if (_view.Progress.IsDone)
        {
            _job = _parts.Jobs.Update(_job.Id, job => job.In(ReplayState.Finished, _parts.Time.GetUtcNow())) ?? _job;
            _view = _view with { Progress = _view.Progress with { Job = _job } };
            return ReplayOutcome.Finished;
        }

        if (_isCancelled) return ReplayOutcome.Cancelled;
        return wasStopped ? ReplayOutcome.Interrupted : throw new PipelineFailedException($"{_job.Group}: the workers ended before the bound was committed.");
    }
}
