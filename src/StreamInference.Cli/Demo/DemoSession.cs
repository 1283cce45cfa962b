using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;
using StreamInference.Cli.Demo.Streams;
using StreamInference.Cli.Observability;
using StreamInference.Hosting;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Hosting;
using StreamInference.Kafka.Settings;
using StreamInference.Onnx.Hosting;
using StreamInference.Pipeline;

namespace StreamInference.Cli.Demo;

/// <summary>
/// The demo's parts at work against one cluster: simulators that produce, the pipelines, and a reader that verifies. Ended in that order, so
/// that every produced record has its chance of an answer.
/// </summary>
internal sealed class DemoSession : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(15);

    private readonly IReadOnlyList<DemoStream> _streams;
    private readonly DemoOptions _options;
    private readonly IHost _host;
    private readonly KafkaSettings _settings;
    private readonly CancellationTokenSource _stopReading = new();
    private Task _reading = Task.CompletedTask;

    public DemoSession(CliContext context, ILogger logger, int? metricsPort, KafkaSettings settings, IReadOnlyList<DemoStream> streams, DemoOptions options)
    {
        _streams = streams;
        _options = options;
        _settings = settings;
        _host = PipelineHost.Create(context, logger, metricsPort, builder =>
        {
            foreach (DemoStream stream in streams) builder.AddPipeline(stream.Pipeline);
            builder.UseKafka(instance: "demo").UseOnnx();
        });
        Service = _host.Services.GetRequiredService<StreamInferenceService>();
    }

    public IReadOnlyList<DemoStream> Streams => _streams;

    public StreamInferenceService Service { get; }

    /// <summary>How long the simulators have produced.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Records that the cluster refused.</summary>
    public long ProduceFailures { get; private set; }

    /// <summary>Starts the pipelines and the reader; returns when the pipelines are ready.</summary>
    /// <exception cref="PipelineFailedException">One cannot start.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _host.StartAsync(CancellationToken.None);
        foreach (DemoStream stream in _streams) stream.Attach(Service.Running.Single(running => running.Config.Name == stream.Pipeline.Name).Metrics);
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
        using RecordProducer producer = new(_settings) { Acknowledged = OnAcknowledged };
        long started = Stopwatch.GetTimestamp();
        bool isTimeUp = false;
        while (!isTimeUp && !cancellation.IsCancellationRequested && !Service.Completion.IsCompleted)
        {
            foreach (DemoStream stream in _streams) stream.Produce(producer);
            Elapsed = Stopwatch.GetElapsedTime(started);
            isTimeUp = Elapsed >= _options.Duration;
            double wait = _streams.Min(stream => stream.UntilNext).TotalMilliseconds;
            cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(Math.Clamp(wait, 1, 10)));
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
        while (_streams.Any(stream => stream.Verifier.Missing > 0) && Stopwatch.GetElapsedTime(progress) < _options.Patience && !_reading.IsCompleted)
        {
            long answered = _streams.Sum(stream => stream.Verifier.Answered);
            if (answered != seen) (seen, progress) = (answered, Stopwatch.GetTimestamp());
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

    private void OnAcknowledged(string topic, int partition, long offset) =>
        _streams.First(stream => stream.Pipeline.Input.Topic == topic).Verifier.Expect(topic, partition, offset);

    private void Read()
    {
        Dictionary<string, DemoStream> streams = [];
        foreach (DemoStream stream in _streams) streams[stream.Pipeline.Output.Topic] = streams[stream.Pipeline.DeadLetterTopic] = stream;
        using TopicReader reader = new(_settings, new TopicReaderOptions { Topics = [.. streams.Keys], From = new ReadFrom.Beginning() });
        while (!_stopReading.IsCancellationRequested || !reader.IsAtEnd)
        {
            if (!reader.TryRead(Wait, out TopicRecord? record)) continue;
            // First as an input, so that an answer that is still to come is known to be missing.
            foreach (DemoStream stream in _streams)
                if (stream.Pipeline.Input.Topic == record.Topic) stream.OnInput(record);
            streams[record.Topic].OnRecord(record);
        }
    }
}
