using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Kafka.Settings;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Running;
using StreamInference.Runners;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Replay;

/// <summary>A cluster, a source topic, and runners in this process with a model that echoes, held by a gate.</summary>
internal sealed class ReplayBench : IDisposable
{
    private readonly KafkaCluster _cluster;
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private readonly List<ReplayRun> _runs = [];
    private int _heldModels;

    private ReplayBench(KafkaCluster cluster, ReplayRunner runner) => (_cluster, Runner, Topics) = (cluster, runner, new TestTopics(cluster));

    public ReplayRunner Runner { get; }

    public TestTopics Topics { get; }

    public string Input { get; private set; } = "";

    public string Output { get; private set; } = "";

    public string Live { get; private set; } = "";

    /// <summary>The model answers only while it is open.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    /// <summary>Models that wait at the gate with a batch.</summary>
    public int HeldModels => Volatile.Read(ref _heldModels);

    public KafkaSettings Settings => KafkaSettings.For(_cluster.BootstrapServers);

    public static async Task<ReplayBench> CreateAsync(KafkaCluster cluster, int partitions = 3, IReadOnlyDictionary<string, string>? configs = null)
    {
        ReplayBench bench = new(cluster, await ReplayRunner.ConnectAsync(KafkaSettings.For(cluster.BootstrapServers), NullLoggerFactory.Instance));
        bench.Input = await bench.Topics.CreateAsync("source", partitions, configs);
        bench.Output = bench.Topics.Name("replayed");
        bench.Live = bench.Topics.Name("live");
        return bench;
    }

    public ReplayRequest Request(string? id = null, string from = "earliest", string to = "latest", bool joins = false, bool allowsGone = false, string? instance = null) => new()
    {
        Id = id ?? Output,
        Pipeline = new PipelineConfig
        {
            Name = Live,
            Kind = "echo",
            Input = new InputConfig { Topic = Input },
            Output = new OutputConfig { Topic = Live + "-out" },
            Model = new ModelConfig { Path = "echo" },
            Batch = new BatchConfig { MaxSize = 16 },
            Kafka = new KafkaConfig { Properties = Settings.Properties },
        },
        From = from,
        To = to,
        OutputTopic = Output,
        Joins = joins,
        AllowsGone = allowsGone,
        Instance = instance,
    };

    public async Task<ReplayStart> PrepareAsync(ReplayRequest request)
    {
        ReplayStart start = await Runner.PrepareAsync(request, new EchoLoader(PassGate), _services);
        if (start.Run is not null) _runs.Add(start.Run);
        return start;
    }

    public async Task<ReplayRun> StartAsync(ReplayRequest request)
    {
        ReplayStart start = await PrepareAsync(request);
        Assert.True(start.Run is not null, start.Message);
        return start.Run;
    }

    /// <summary>Runs a job to its end.</summary>
    public async Task<ReplayRun> FinishAsync(ReplayRequest request)
    {
        using ReplayRun run = await StartAsync(request);
        Assert.Equal(ReplayOutcome.Finished, await run.RunAsync(TestContext.Current.CancellationToken));
        return run;
    }

    public void Dispose()
    {
        Gate.Set();
        foreach (ReplayRun run in _runs) run.Dispose();
        Runner.Dispose();
        _services.Dispose();
    }

    private void PassGate()
    {
        Interlocked.Increment(ref _heldModels);
        Gate.Wait();
        Interlocked.Decrement(ref _heldModels);
    }

    private sealed class EchoLoader(Action passGate) : IModelLoader
    {
        public string Kind => "echo";

        public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services) => new BatchModelRunner(new EchoModel(passGate), TimeProvider.System);
    }

    private sealed class EchoModel(Action passGate) : IBatchModel
    {
        public ModelIdentity Identity { get; } = new("echo", 1);

        public int MaxBatchSize => 64;

        public void Run(MicroBatch batch, ResultBatch results)
        {
            passGate();
            foreach (ref readonly StreamRecord record in batch.Records)
            {
                if (!record.HasValue)
                {
                    results.AddFailure(record, new RecordError(RecordErrorCodes.NullValue, "The record has no value."));
                    continue;
                }

                record.Value.CopyTo(results.GetSpan(record.Value.Length));
                results.Advance(record.Value.Length);
                results.Add(record);
            }
        }

        public void Dispose()
        {
        }
    }
}
