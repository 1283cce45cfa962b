using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Hosting;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Sources;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Hosting;

/// <summary>A transport in memory: each source delivers the records that are not committed yet; the sinks commit into one log.</summary>
internal sealed class MemoryTransport(int records) : IPipelineTransport
{
    private readonly ConcurrentDictionary<string, ScriptedSink> _sinks = new();
    private int _looks;

    /// <summary>Called before a source is made; may throw.</summary>
    public Action<PipelineConfig> OnConnect { get; set; } = _ => { };

    /// <summary>What keeps pipelines from running.</summary>
    public string[] Obstacles { get; set; } = [];

    /// <summary>How often that was asked.</summary>
    public int ObstacleLooks => _looks;

    /// <summary>Whether sources end behind the last record.</summary>
    public bool IsBounded { get; set; } = true;

    /// <summary>The sources, in the order in which they were made.</summary>
    public ConcurrentQueue<FakeRecordSource> Sources { get; } = new();

    public ScriptedSink SinkOf(string pipeline) => _sinks.GetOrAdd(pipeline, _ => new ScriptedSink());

    public IReadOnlyList<string> FindObstacles(PipelineConfig pipeline)
    {
        Interlocked.Increment(ref _looks);
        return Obstacles;
    }

    public IRecordSource CreateSource(PipelineConfig pipeline, int slot)
    {
        OnConnect(pipeline);
        FakeRecordSource source = new() { IsBounded = IsBounded };
        for (int i = 0; i < records; i++) source.Append(pipeline.Input.Topic, 0, MemoryRecord.Of(null, $"r{i}"));
        source.ScheduleAssign(pipeline.Input.Topic, 0, SinkOf(pipeline.Name).Offsets.GetValueOrDefault((pipeline.Input.Topic, 0)));
        Sources.Enqueue(source);
        return source;
    }

    public ITransactionalSink CreateSink(PipelineConfig pipeline, int slot, IRecordSource source) => SinkOf(pipeline.Name);
}

/// <summary>A loader whose model answers each record with its own value.</summary>
internal sealed class EchoLoader : IModelLoader
{
    public string Kind => "echo";

    public ConcurrentQueue<IRecordDecoder?> Decoders { get; } = new();

    public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services)
    {
        Decoders.Enqueue(services.GetKeyedService<IRecordDecoder>(pipeline.Name));
        return new BatchModelRunner(new EchoModel(), TimeProvider.System);
    }

    private sealed class EchoModel : IBatchModel
    {
        public ModelIdentity Identity { get; } = new("echo", 1);

        public int MaxBatchSize => 16;

        public void Run(MicroBatch batch, ResultBatch results)
        {
            foreach (ref readonly StreamRecord record in batch.Records)
            {
                results.Write(record.Value);
                results.Add(record);
            }
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>A clock whose timers are due at once; it keeps what they were asked for.</summary>
internal sealed class ImmediateTimers : TimeProvider
{
    public ConcurrentQueue<TimeSpan> Asked { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero) Asked.Enqueue(dueTime);
        return System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }
}

/// <summary>A host with echo pipelines over a transport in memory.</summary>
internal static class EchoHost
{
    public static IHost Create(MemoryTransport? transport, Action<StreamInferenceBuilder> configure, TimeProvider? time = null, EchoLoader? loader = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddMetrics();
        if (time is not null) builder.Services.AddSingleton(time);
        if (transport is not null) builder.Services.AddSingleton<IPipelineTransport>(transport);
        builder.Services.AddSingleton<IModelLoader>(loader ?? new EchoLoader());
        builder.Services.AddStreamInference(configure);
        return builder.Build();
    }

    public static PipelineConfig Pipeline(string name, string? kind = "echo", string modelPath = "none") => new()
    {
        Name = name,
        Kind = kind,
        Input = new InputConfig { Topic = name + ".in" },
        Output = new OutputConfig { Topic = name + ".out" },
        Model = new ModelConfig { Path = modelPath },
        Commit = new CommitConfig { MaxRecords = 16 },
    };

    public static IEnumerable<string> Expected(int records) => Enumerable.Range(0, records).Select(i => $"r{i}");

    public static StreamInferenceService Service(this IHost host) => host.Services.GetRequiredService<StreamInferenceService>();
}
