using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Topics;

/// <summary>Compares the topics that a pipeline names with those of the cluster, before anybody joins a group.</summary>
internal static class TopicCheck
{
    /// <summary>Asks the cluster.</summary>
    /// <returns>A line for each topic that is not there or does not fit; empty when the pipeline can run, or when the cluster does not answer.</returns>
    internal static IReadOnlyList<string> Run(KafkaSettings settings, PipelineConfig pipeline, TimeSpan limit)
    {
        using ClusterView cluster = new(settings);
        try
        {
            return Compare(pipeline, cluster.Topics(limit));
        }
        catch (KafkaUnavailableException)
        {
            // An outage is no fault of the configuration: the worker's clients say that nobody answers, and wait.
            return [];
        }
    }

    /// <summary>Compares with <paramref name="partitions"/>, the number of partitions of each topic of the cluster.</summary>
    internal static IReadOnlyList<string> Compare(PipelineConfig pipeline, IReadOnlyDictionary<string, int> partitions)
    {
        List<string> lines = [];
        Require(pipeline.Input.Topic, "input.topic");
        Require(pipeline.Output.Topic, "output.topic");
        Require(pipeline.DeadLetterTopic, "dead_letter.topic");
        if (pipeline.Control is { } control) Require(control.Topic, "control.topic");
        RequireKept(pipeline.Progress?.Topic, "progress.topic");
        RequireKept(pipeline.State?.Topic, "state.topic");
        return lines;

        void RequireKept(string? topic, string key)
        {
            if (topic is null) return;
            Require(topic, key);
            if (partitions.TryGetValue(pipeline.Input.Topic, out int input) && partitions.TryGetValue(topic, out int kept) && input != kept)
                lines.Add($"{key}: {topic} has {kept} partitions and {pipeline.Input.Topic} has {input}; they must have the same number");
        }

        void Require(string topic, string key)
        {
            if (!partitions.ContainsKey(topic)) lines.Add($"{key}: there is no topic {topic}; create it (streaminfer topics apply makes those of a topics.yaml)");
        }
    }
}
