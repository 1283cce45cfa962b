using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Kafka;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.LoadTest.Systems;

/// <summary>Our pipeline, as a user runs it, with a model of choice: the systems <c>ours</c> and <c>copy</c>.</summary>
internal static class PipelineSystem
{
    public static async Task RunAsync(string name, SystemOptions options, Func<IBatchModel> load, CancellationToken stop)
    {
        Meter meter = new(name, options.ExitAfter);
        ObservedTransport transport = new(new KafkaTransport(NullLoggerFactory.Instance, instance: "load"), meter.Committed);
        using StreamPipeline pipeline = new(Config(options), transport, new Loader(load), NoServices.Instance, NullLoggerFactory.Instance);
        await pipeline.RunAsync(stop);
    }

    /// <summary>The pipeline, as its file would say.</summary>
    public static PipelineConfig Config(SystemOptions options) => new()
    {
        Name = options.Group,
        Kind = "tabular",
        Input = new InputConfig { Topic = options.Input, Group = options.Group },
        Output = new OutputConfig { Topic = options.Output, Headers = Enum.Parse<ResultHeaders>(options.Headers, ignoreCase: true) },
        DeadLetter = new DeadLetterConfig { Topic = options.Output + ".dlq" },
        Model = new ModelConfig { Path = options.Model },
        Workers = options.Threads,
        Batch = new BatchConfig { Policy = BatchPolicy.Adaptive, MaxSize = options.Batch, MaxWait = TimeSpan.FromMilliseconds(2) },
        Commit = new CommitConfig { Interval = TimeSpan.FromMilliseconds(options.CommitMs) },
        Kafka = new KafkaConfig { Properties = new Dictionary<string, string> { ["bootstrap.servers"] = options.Bootstrap } },
    };

    internal sealed class Loader(Func<IBatchModel> load) : IModelLoader
    {
        public string Kind => "tabular";

        public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services) => new BatchModelRunner(load(), TimeProvider.System, queueCapacity: 8);
    }
}
