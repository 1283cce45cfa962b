using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;
using StreamInference.Cli.Observability;
using StreamInference.Cli.Producing;
using StreamInference.Configuration;
using StreamInference.Hosting;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Hosting;
using StreamInference.Kafka.Settings;
using StreamInference.Onnx.Hosting;
using StreamInference.Pipeline;

namespace StreamInference.Cli.Demo;

/// <summary>
/// The demo's parts at work against one cluster: a simulator that produces, the pipeline, and a reader that verifies. Ended in that order, so
/// that every produced record has its chance of an answer.
/// </summary>
internal sealed class DemoSession : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(15);

    private readonly PipelineConfig _pipeline;
    private readonly DemoOptions _options;
    private readonly IHost _host;
    private readonly KafkaSettings _settings;
    private readonly CancellationTokenSource _stopReading = new();
    private Task _reading = Task.CompletedTask;

    public DemoSession(CliContext context, ILogger logger, int? metricsPort, PipelineConfig pipeline, DemoOptions options)
    {
        _pipeline = pipeline;
        _options = options;
        _settings = KafkaSettings.From(pipeline.Kafka);
        _host = PipelineHost.Create(context, logger, metricsPort, streams =>
        {
            streams.AddPipeline(pipeline);
            streams.UseKafka(instance: "demo").UseOnnx();
        });
        Service = _host.Services.GetRequiredService<StreamInferenceService>();
    }

    public DemoState State { get; } = new();

    public StreamInferenceService Service { get; }

    public PipelineMetrics Metrics => Service.Running[0].Metrics;

    /// <summary>Records that the simulator has handed to the client.</summary>
    public long Produced { get; private set; }

    /// <summary>How long the simulator has produced.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Records that the cluster refused.</summary>
    public long ProduceFailures { get; private set; }

    /// <summary>Starts the pipeline and the reader; returns when the pipeline is ready.</summary>
    /// <exception cref="PipelineFailedException">It cannot start.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _host.StartAsync(CancellationToken.None);
        Metrics.EndToEndObserver = State.Latency.Record;
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!Service.IsReady)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Service.Completion.IsFaulted) await Service.Completion;
            await Task.Delay(Wait, cancellation);
        }
    }

    /// <summary>Produces until the time is up, an interrupt, or a failure of the pipeline.</summary>
    /// <returns>Whether the time ran its course.</returns>
    public bool Produce(CancellationToken cancellation)
    {
        using RecordProducer producer = new(_settings) { Acknowledged = State.Verifier.Expect };
        SimulatorFeed feed = new(_options.Seed, _options.BadFraction);
        RatePacer pacer = new(_options.Rate, TimeProvider.System);
        long started = Stopwatch.GetTimestamp();
        bool isTimeUp = false;
        while (!isTimeUp && !cancellation.IsCancellationRequested && !Service.Completion.IsCompleted)
        {
            for (int due = pacer.Take(500); due > 0; due--, Produced++)
            {
                feed.TryNext(out byte[]? key, out byte[]? value);
                producer.Produce(_pipeline.Input.Topic, key, value, cancellation: CancellationToken.None);
            }

            Elapsed = Stopwatch.GetElapsedTime(started);
            isTimeUp = Elapsed >= _options.Duration;
            cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(Math.Clamp(pacer.UntilNext().TotalMilliseconds, 1, 10)));
        }

        producer.Flush(FlushLimit);
        ProduceFailures = producer.Failed;
        return isTimeUp;
    }

    /// <summary>Waits for the answers still to come, stops the pipeline in order, and reads to the end: what comes twice comes by then.</summary>
    public async Task FinishAsync()
    {
        long seen = -1;
        long progress = Stopwatch.GetTimestamp();
        while (State.Verifier.Missing > 0 && Stopwatch.GetElapsedTime(progress) < _options.Patience && !_reading.IsCompleted)
        {
            if (State.Verifier.Answered != seen) (seen, progress) = (State.Verifier.Answered, Stopwatch.GetTimestamp());
            await Task.Delay(Wait);
        }

        await _host.StopAsync(CancellationToken.None);
        await _stopReading.CancelAsync();
        await _reading;
    }

    /// <summary>Stops what still runs, after a start that was interrupted.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await _stopReading.CancelAsync();
        await Task.WhenAny(_reading);
        _host.Dispose();
        _stopReading.Dispose();
    }

    private void Read()
    {
        using TopicReader reader = new(_settings, new TopicReaderOptions { Topics = [_pipeline.Output.Topic, _pipeline.DeadLetterTopic], From = new ReadFrom.Beginning() });
        while (!_stopReading.IsCancellationRequested || !reader.IsAtEnd)
            if (reader.TryRead(Wait, out TopicRecord? record)) State.OnRecord(record);
    }
}
