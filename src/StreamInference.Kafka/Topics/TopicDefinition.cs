namespace StreamInference.Kafka.Topics;

/// <summary>A topic as it should be.</summary>
public sealed record TopicDefinition
{
    /// <summary>The topic's name.</summary>
    public required string Name { get; init; }

    /// <summary>The number of partitions; it can grow and never shrink.</summary>
    public int Partitions { get; init; } = 1;

    /// <summary>The number of replicas of each partition; null: the cluster's default, and whatever an existing topic has.</summary>
    public short? ReplicationFactor { get; init; }

    /// <summary>Topic configurations by Kafka's names. What is not named here is left as it is.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();
}

/// <summary>A topic as it is.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="Partitions">The number of partitions.</param>
/// <param name="ReplicationFactor">The number of replicas of its first partition.</param>
/// <param name="Configs">The configurations in force, defaults included.</param>
public sealed record ExistingTopic(string Name, int Partitions, short ReplicationFactor, IReadOnlyDictionary<string, string> Configs);
