using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Sources;

namespace StreamInference.Pipeline;

/// <summary>
/// A pipeline at work: its workers, each on a thread of its own (a worker blocks in its client), each with a runner, a source and a sink.
/// </summary>
public sealed partial class StreamPipeline : IDisposable
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(15);

    private readonly PipelineConfig _config;
    private readonly IPipelineTransport _transport;
    private readonly IModelLoader _loader;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Asked once in a run: by the first worker whose model is loaded, for all of them.
    private readonly Lock _obstaclesGate = new();
    private IReadOnlyList<string>? _obstacles;

    /// <summary>Prepares the pipeline; nothing is loaded and nobody joins before <see cref="RunAsync"/>.</summary>
    public StreamPipeline(
        PipelineConfig config,
        IPipelineTransport transport,
        IModelLoader loader,
        IServiceProvider services,
        ILoggerFactory loggers,
        TimeProvider? time = null,
        IMeterFactory? meters = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(loggers);
        _config = config;
        _transport = transport;
        _loader = loader;
        _services = services;
        _time = time ?? TimeProvider.System;
        _logger = loggers.CreateLogger<PipelineWorker>();
        Health = new PipelineHealth(config.Workers);
        Metrics = new PipelineMetrics(config.Name, meters);
    }

    /// <summary>What the workers are doing.</summary>
    public PipelineHealth Health { get; }

    /// <summary>The pipeline's instruments.</summary>
    public PipelineMetrics Metrics { get; }

    /// <summary>The pipeline's configuration.</summary>
    public PipelineConfig Config => _config;

    /// <summary>
    /// Runs until <paramref name="stop"/>, then ends in order: what is in flight is committed, the group is left. Completes by itself when the
    /// source is bounded and done.
    /// </summary>
    /// <exception cref="PipelineFailedException">A worker failed for good; the others were stopped in order.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource anyFailed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] workers = new Task[_config.Workers];
        _obstacles = null;
        for (int slot = 0; slot < workers.Length; slot++) workers[slot] = StartThread(slot, anyFailed);
        await Task.WhenAll(workers);
    }

    /// <inheritdoc/>
    public void Dispose() => Metrics.Dispose();

    private Task StartThread(int slot, CancellationTokenSource anyFailed)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                RunWorker(slot, anyFailed.Token);
                Health.Set(slot, WorkerState.Stopped);
                done.SetResult();
            }
#pragma warning disable CA1031 // a thread has no caller: whatever it is goes to whoever awaits the pipeline
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Health.Set(slot, WorkerState.Failed, failure.Message);
                anyFailed.Cancel();
                done.SetException(failure as PipelineFailedException ?? new PipelineFailedException($"Worker {_config.Name}/{slot}: {failure.Message}", failure));
            }
        })
        {
            IsBackground = true,
            Name = $"{_config.Name}/{slot}",
        };
        thread.Start();
        return done.Task;
    }

    private void RunWorker(int slot, CancellationToken stop)
    {
        Health.Set(slot, WorkerState.Loading);
        IModelRunner runner = _loader.CreateRunner(_config, _services);
        try
        {
            PipelineConfig config = WithKeptTopics(runner);
            ThrowIfObstructed(config);
            TimeSpan backoff = FirstBackoff;
            while (!stop.IsCancellationRequested)
            {
                long started = _time.GetTimestamp();
                WorkerStatus status = TryRunSession(config, slot, runner, stop);
                if (status is WorkerStatus.Running or WorkerStatus.Completed) return;
                if (status == WorkerStatus.Failed) throw new PipelineFailedException($"Worker {_config.Name}/{slot} failed; the log has the reason.");
                Health.Set(slot, WorkerState.Restarting);
                if (_time.GetElapsedTime(started) > LongestBackoff) backoff = FirstBackoff;
                LogRestarting(_config.Name, slot, backoff.TotalMilliseconds);
                if (stop.WaitHandle.WaitOne(backoff)) return;
                backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
            }
        }
        finally
        {
            runner.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>A session that an outage keeps from beginning is as one that an outage ended.</summary>
    private WorkerStatus TryRunSession(PipelineConfig config, int slot, IModelRunner runner, CancellationToken stop)
    {
        try
        {
            return RunSession(config, slot, runner, stop);
        }
        catch (SourceFailedException failure) when (failure.IsRecoverable)
        {
            LogNotBegun(_config.Name, slot, failure.Message);
            return WorkerStatus.Fenced;
        }
    }

    /// <summary>One life of a worker: from joining the group to leaving it, or to being fenced.</summary>
    private WorkerStatus RunSession(PipelineConfig config, int slot, IModelRunner runner, CancellationToken stop)
    {
        using IRecordSource source = _transport.CreateSource(config, slot);
        using ITransactionalSink sink = _transport.CreateSink(config, slot, source);
        using PipelineWorker worker = new(WorkerOptions(slot, runner), source, runner, sink, CreateBatchPolicy(_config, runner.MaxBatchSize), _time, Metrics, _logger);
        using CancellationTokenRegistration wake = stop.Register(source.Wake);
        // What was cancelled while nobody ran is known before the first request is read. A replay answers what was asked, whoever gave up waiting.
        using IDisposable? control = config.Control is null || config.Replay is not null ? null : _transport.ReadControl(config, slot, runner.Cancel, stop);
        worker.Start();
        Health.Set(slot, WorkerState.Running);
        WorkerStatus status = WorkerStatus.Running;
        while (status == WorkerStatus.Running && !stop.IsCancellationRequested) status = worker.RunOnce();
        if (status is WorkerStatus.Running or WorkerStatus.Completed) worker.Stop();
        // The client library waits for ever for memory that the runner still holds.
        if (!worker.Drain()) throw new PipelineFailedException($"Worker {_config.Name}/{slot}: the model did not give its records back in time.");
        return status;
    }

    private PipelineConfig WithKeptTopics(IModelRunner runner) => _config with
    {
        // A replay's progress is not the live pipeline's.
        Progress = _config.Progress ?? (runner.KeepsProgress ? new ProgressConfig { Topic = (_config.Replay is null ? _config.Input.Topic : _config.Output.Topic) + ".progress" } : null),
        State = _config.State ?? (runner.KeepsState ? new StateConfig { Topic = _config.Output.Topic + ".state" } : null),
    };

    private void ThrowIfObstructed(PipelineConfig config)
    {
        IReadOnlyList<string> obstacles;
        lock (_obstaclesGate) obstacles = _obstacles ??= _transport.FindObstacles(config);
        if (obstacles.Count > 0) throw new PipelineFailedException(string.Join(Environment.NewLine + "  ", obstacles.Prepend($"{_config.Name} cannot run:")));
    }

    private PipelineWorkerOptions WorkerOptions(int slot, IModelRunner runner) => new()
    {
        Pipeline = _config.Name,
        Slot = slot,
        Streams = runner.KeepsProgress,
        OffsetSpan = _config.Replay is { } replay && !runner.KeepsProgress ? replay.BatchSpan ?? runner.MaxBatchSize : null,
        // A runner that keeps progress paces its results itself, by the same interval.
        Commit = new CommitPolicy(runner.KeepsProgress ? TimeSpan.Zero : _config.Commit.Interval, _config.Commit.MaxRecords, _config.Commit.MaxBytes),
        MaxInFlightRecords = _config.Limits.MaxInFlightRecords,
        // A runner that keeps progress answers too large a request itself: its reader waits for a final result.
        MaxRecordBytes = runner.KeepsProgress ? int.MaxValue : checked((int)_config.Input.MaxRecordBytes.Bytes),
        Where = [.. (_config.Input.Where ?? []).Select(FieldCondition.Parse)],
        LatestOnly = _config.Batch.LatestOnly,
    };

    private static IBatchPolicy CreateBatchPolicy(PipelineConfig config, int modelLimit)
    {
        int maxSize = Math.Min(config.Batch.MaxSize ?? modelLimit, modelLimit);
        return config.Batch.Policy switch
        {
            BatchPolicy.Adaptive => new AdaptiveBatchPolicy(maxSize, config.Batch.MaxWait, config.Batch.TargetLatency),
            _ => new FixedBatchPolicy(maxSize, config.Batch.MaxWait),
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}/{Slot}: cannot begin yet: {Reason}")]
    private partial void LogNotBegun(string pipeline, int slot, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Pipeline}/{Slot}: starts again in {Milliseconds} ms")]
    private partial void LogRestarting(string pipeline, int slot, double milliseconds);
}
