using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Kafka;
using StreamInference.LoadTest.Systems;
using StreamInference.Onnx.Vision;
using StreamInference.Pipeline;

namespace StreamInference.LoadTest.Frames;

/// <summary>The pipeline of the kind <c>vision</c>, as a user runs it, in this process; tells when what was committed.</summary>
internal sealed class FramePipeline : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly StreamPipeline _pipeline;
    private readonly Task _running;
    private long _firstAt;
    private long _firstCount;
    private long _lastAt;
    private long _committed;

    public FramePipeline(string bootstrapServers, string input, string output, string model, TimeSpan commitInterval)
    {
        PipelineConfig config = new()
        {
            Name = output,
            Kind = "vision",
            Input = new InputConfig { Topic = input, MaxRecordBytes = new ByteSize(4 << 20) },
            Output = new OutputConfig { Topic = output },
            DeadLetter = new DeadLetterConfig { Topic = output + ".dlq" },
            Model = new ModelConfig { Path = model, Providers = ["cpu"] },
            Batch = new BatchConfig { MaxWait = TimeSpan.FromMilliseconds(5), TargetLatency = TimeSpan.FromMilliseconds(200) },
            Commit = new CommitConfig { Interval = commitInterval },
            Kafka = new KafkaConfig { Properties = new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers } },
        };
        ObservedTransport transport = new(new KafkaTransport(NullLoggerFactory.Instance, instance: "load"), OnCommitted);
        _pipeline = new StreamPipeline(config, transport, new VisionModelLoader(), NoServices.Instance, NullLoggerFactory.Instance);
        _running = _pipeline.RunAsync(_stop.Token);
    }

    public long Committed => Interlocked.Read(ref _committed);

    /// <summary>Frames per second from the first commit to the last.</summary>
    public double PerSecond => (_committed - _firstCount) / Stopwatch.GetElapsedTime(_firstAt, _lastAt).TotalSeconds;

    /// <summary>Waits until so many results are committed.</summary>
    public void WaitFor(long count)
    {
        while (Committed < count)
        {
            if (_running.IsCompleted) _running.GetAwaiter().GetResult();
            Thread.Sleep(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _pipeline.Dispose();
        _stop.Dispose();
    }

    private void OnCommitted(int count)
    {
        _lastAt = Stopwatch.GetTimestamp();
        if (_firstAt == 0) (_firstAt, _firstCount) = (_lastAt, count);
        Interlocked.Add(ref _committed, count);
    }
}
