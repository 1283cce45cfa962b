using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Kafka;
using StreamInference.LoadTest.Systems;
using StreamInference.Onnx.Language;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.LoadTest.Tokens;

/// <summary>The pipeline of the kind <c>llm</c>, as a user runs it, with the times of its joining, its first request and its last commit.</summary>
internal sealed class TokenPipeline : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly StreamPipeline _pipeline;
    private readonly Task _running;
    private long _joinedAt;
    private long _firstRequestAt;
    private long _lastCommitAt;
    private TimeSpan _firstProcessor;
    private TimeSpan _lastProcessor;

    public TokenPipeline(string bootstrapServers, TokenTopics topics, string model, TimeSpan commitInterval)
    {
        PipelineConfig config = new()
        {
            Name = topics.Name,
            Kind = "llm",
            Input = new InputConfig { Topic = topics.Input },
            Output = new OutputConfig { Topic = topics.Output },
            Model = new ModelConfig { Path = model },
            Batch = new BatchConfig { Policy = BatchPolicy.Fixed, MaxWait = TimeSpan.Zero },
            Commit = new CommitConfig { Interval = commitInterval },
            Kafka = new KafkaConfig { Properties = new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers } },
        };
        ObservedTransport transport = new(
            new KafkaTransport(NullLoggerFactory.Instance, instance: "load"), _ => OnCommitted(), () => Volatile.Write(ref _joinedAt, Stopwatch.GetTimestamp()));
        _pipeline = new StreamPipeline(config, transport, new Loader(this), NoServices.Instance, NullLoggerFactory.Instance);
        _running = _pipeline.RunAsync(_stop.Token);
    }

    /// <summary>When the model was loaded and the worker joined.</summary>
    public long JoinedAt => Volatile.Read(ref _joinedAt);

    /// <summary>From the first request that went to the engine to the last commit.</summary>
    public TimeSpan Busy => Stopwatch.GetElapsedTime(_firstRequestAt, _lastCommitAt);

    /// <summary>The processor time of the process in that time.</summary>
    public TimeSpan Processor => _lastProcessor - _firstProcessor;

    /// <summary>Transactions committed.</summary>
    public int Commits { get; private set; }

    /// <summary>Stops in order: what is made is committed, and another worker goes on from there.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _pipeline.Dispose();
        _stop.Dispose();
    }

    private void OnCommitted()
    {
        _lastCommitAt = Stopwatch.GetTimestamp();
        _lastProcessor = Environment.CpuUsage.TotalTime;
        Commits++;
    }

    private sealed class Loader(TokenPipeline pipeline) : IModelLoader
    {
        private readonly LanguageStreamLoader _inner = new();

        public string Kind => _inner.Kind;

        public IModelRunner CreateRunner(PipelineConfig config, IServiceProvider services) => new Runner(_inner.CreateRunner(config, services), pipeline);
    }

    private sealed class Runner(IModelRunner inner, TokenPipeline pipeline) : IModelRunner
    {
        public ChannelReader<ResultBatch> Results => inner.Results;

        public Action? ResultsAvailable
        {
            get => inner.ResultsAvailable;
            set => inner.ResultsAvailable = value;
        }

        public bool KeepsProgress => inner.KeepsProgress;

        public int MaxBatchSize => inner.MaxBatchSize;

        public bool TrySubmit(MicroBatch batch)
        {
            if (pipeline._firstRequestAt == 0) (pipeline._firstRequestAt, pipeline._firstProcessor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            return inner.TrySubmit(batch);
        }

        public void Recycle(ResultBatch results) => inner.Recycle(results);

        public void Cancel(RecordId record) => inner.Cancel(record);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
