using System.CommandLine;
using Serilog.Extensions.Logging;
using StreamInference.Broker;
using StreamInference.Cli.Commands;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Topics;

namespace StreamInference.Cli.Demo;

/// <summary>
/// Where the demo runs: an embedded broker of its own, or a cluster that the command line names, in topics of its own there, which are deleted
/// at the end.
/// </summary>
internal sealed class DemoCluster : IAsyncDisposable
{
    private readonly EmbeddedBroker? _broker;
    private readonly IReadOnlyList<TopicDefinition> _topics;

    private DemoCluster(EmbeddedBroker? broker, IReadOnlyDictionary<string, PipelineConfig> pipelines, IReadOnlyList<TopicDefinition> topics) =>
        (_broker, Pipelines, _topics) = (broker, pipelines, topics);

    /// <summary>The pipelines on this cluster, by the folders of their streams.</summary>
    public IReadOnlyDictionary<string, PipelineConfig> Pipelines { get; }

    /// <summary>How clients reach the cluster.</summary>
    public KafkaSettings Settings => KafkaSettings.From(Pipelines.Values.First().Kafka);

    /// <summary>Starts the broker, or takes the cluster of the command line, and creates the topics of the streams.</summary>
    public static async Task<DemoCluster> StartAsync(
        CliContext context, ParseResult parsed, string? data, IReadOnlyList<string> folders, SerilogLoggerFactory loggers, CancellationToken cancellation)
    {
        // The models of the demo are too small for an accelerator to pay.
        ConfigOverrides overrides = ClientOptions.Overrides(context, parsed).With("model.providers", "cpu", "demo");
        bool isExternal = parsed.GetValue(ClientOptions.BootstrapServers) is not null;
        EmbeddedBroker? broker = isExternal ? null : await EmbeddedBroker.StartAsync(
            new EmbeddedBrokerOptions { LogDirectory = data is null ? null : Path.GetFullPath(data), LoggerFactory = loggers }, cancellation);
        try
        {
            string prefix = isExternal || data is not null ? $"demo-{Guid.NewGuid():N}"[..13] + "." : "";
            if (broker is not null) overrides = overrides.With("kafka.bootstrap.servers", broker.BootstrapServers, "the embedded broker");
            Dictionary<string, PipelineConfig> pipelines = folders.ToDictionary(folder => folder, folder => Renamed(PipelineConfigFile.Load(DemoFiles.Pipeline(folder), overrides), prefix));
            TopicDefinition[] topics = [.. folders.SelectMany(folder => TopicsCommand.Load(DemoFiles.Topics(folder))).Select(topic => topic with { Name = prefix + topic.Name })];
            DemoCluster cluster = new(broker, pipelines, isExternal ? topics : []);
            using TopicPlanner planner = new(cluster.Settings, loggers.CreatePlannerLogger());
            await planner.ApplyAsync(await planner.PlanAsync(topics));
            return cluster;
        }
        catch
        {
            if (broker is not null) await broker.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_topics.Count > 0) await TopicRemoval.DeleteAsync(Settings, [.. _topics.Select(t => t.Name)]);
        if (_broker is not null) await _broker.DisposeAsync();
    }

    // A run of its own among others: topics, group and transactional ids carry the prefix.
    private static PipelineConfig Renamed(PipelineConfig pipeline, string prefix) => prefix.Length == 0 ? pipeline : pipeline with
    {
        Name = prefix + pipeline.Name,
        Input = pipeline.Input with { Topic = prefix + pipeline.Input.Topic, Group = prefix + pipeline.Name },
        Output = pipeline.Output with { Topic = prefix + pipeline.Output.Topic },
        DeadLetter = new DeadLetterConfig { Topic = prefix + pipeline.DeadLetterTopic },
        Progress = pipeline.Progress is { } progress ? progress with { Topic = prefix + progress.Topic } : null,
    };
}
