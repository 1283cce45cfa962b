using System.Globalization;

namespace StreamInference.Kafka.Topics;

/// <summary>What a change does.</summary>
public enum TopicChangeKind
{
    /// <summary>Creates the topic.</summary>
    Create,

    /// <summary>Adds partitions; keys move to other partitions.</summary>
    AddPartitions,

    /// <summary>Sets one configuration.</summary>
    SetConfig,
}

/// <summary>One difference between a topic as it is and as it should be.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Property">What changes: <c>partitions</c>, <c>replication factor</c> or a configuration's name; empty for a new topic.</param>
/// <param name="From">The value now; null for a new topic.</param>
/// <param name="To">The value wanted.</param>
/// <param name="Refusal">Why it is not done: it would lose records or guarantees; null when it is done.</param>
public sealed record TopicChange(string Topic, TopicChangeKind Kind, string Property, string? From, string To, string? Refusal = null)
{
    /// <inheritdoc/>
    public override string ToString() => (Kind, Refusal) switch
    {
        (TopicChangeKind.Create, _) => $"+ {Topic}: {To}",
        (_, null) => $"~ {Topic}: {Property} {From} → {To}",
        _ => $"! {Topic}: {Property} {From} → {To} refused: {Refusal}",
    };
}

/// <summary>The differences between the topics of a cluster and their definitions.</summary>
public sealed class TopicPlan
{
    private TopicPlan(IReadOnlyList<TopicDefinition> definitions, IReadOnlyList<TopicChange> changes)
    {
        Definitions = definitions;
        Changes = changes;
    }

    /// <summary>The topics as they should be.</summary>
    public IReadOnlyList<TopicDefinition> Definitions { get; }

    /// <summary>What differs, in the order of the definitions.</summary>
    public IReadOnlyList<TopicChange> Changes { get; }

    /// <summary>Whether everything is as it should be.</summary>
    public bool IsEmpty => Changes.Count == 0;

    /// <summary>Whether a change is refused; then nothing of the plan is applied.</summary>
    public bool IsRefused => Changes.Any(change => change.Refusal is not null);

    /// <summary>Compares. Pure.</summary>
    /// <param name="definitions">The topics as they should be.</param>
    /// <param name="existing">Those of them that exist, by name.</param>
    public static TopicPlan Compare(IReadOnlyList<TopicDefinition> definitions, IReadOnlyDictionary<string, ExistingTopic> existing)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        ArgumentNullException.ThrowIfNull(existing);
        List<TopicChange> changes = [];
        foreach (TopicDefinition definition in definitions)
        {
            if (!existing.TryGetValue(definition.Name, out ExistingTopic? topic)) changes.Add(Creation(definition));
            else changes.AddRange(Differences(definition, topic));
        }

        return new TopicPlan(definitions, changes);
    }

    /// <inheritdoc/>
    public override string ToString() => IsEmpty ? "Nothing to do." : string.Join(Environment.NewLine, Changes);

    private static TopicChange Creation(TopicDefinition definition)
    {
        string replication = definition.ReplicationFactor is { } factor ? $", replication factor {factor.ToString(CultureInfo.InvariantCulture)}" : "";
        string configs = string.Concat(definition.Configs.Select(config => $", {config.Key}={config.Value}"));
        return new TopicChange(definition.Name, TopicChangeKind.Create, "", null, $"{Count(definition.Partitions)} partitions{replication}{configs}");
    }

    private static IEnumerable<TopicChange> Differences(TopicDefinition definition, ExistingTopic topic)
    {
        if (definition.Partitions != topic.Partitions)
        {
            string? refusal = definition.Partitions < topic.Partitions ? "Kafka cannot take partitions away" : null;
            yield return new TopicChange(topic.Name, TopicChangeKind.AddPartitions, "partitions", Count(topic.Partitions), Count(definition.Partitions), refusal);
        }

        if (definition.ReplicationFactor is { } factor && factor != topic.ReplicationFactor)
        {
            yield return new TopicChange(
                topic.Name, TopicChangeKind.SetConfig, "replication factor", Count(topic.ReplicationFactor), Count(factor), "replicas are moved by kafka-reassign-partitions");
        }

        foreach ((string name, string wanted) in definition.Configs)
        {
            string? now = topic.Configs.GetValueOrDefault(name);
            if (now == wanted) continue;
            yield return new TopicChange(topic.Name, TopicChangeKind.SetConfig, name, now ?? "unset", wanted, ConfigRules.Refusal(name, now, wanted));
        }
    }

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);
}
