using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Topics;

namespace StreamInference.Replay.Jobs;

/// <summary>The topics that jobs make for themselves. One that exists is left as it is.</summary>
internal static class ReplayTopics
{
    /// <summary>Makes those that do not exist, and waits until they can be used.</summary>
    public static async Task EnsureAsync(KafkaSettings settings, IReadOnlyList<TopicDefinition> definitions, ILoggerFactory loggers)
    {
        using (ClusterView view = new(settings)) definitions = [.. definitions.Where(definition => view.PartitionsOf(definition.Name) is null)];
        if (definitions.Count == 0) return;
        using TopicPlanner planner = new(settings, loggers.CreateLogger<TopicPlanner>());
        await planner.ApplyAsync(await planner.PlanAsync(definitions));
    }
}
