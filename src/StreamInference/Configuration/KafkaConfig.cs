using System.Collections.ObjectModel;

namespace StreamInference.Configuration;

/// <summary>
/// Properties of the Kafka client by librdkafka's names, passed through as they are:
/// <c>bootstrap.servers</c>, <c>security.protocol</c>, <c>sasl.*</c>, <c>ssl.*</c>, tuning.
/// </summary>
public sealed record KafkaConfig
{
    /// <summary>For every client of the pipeline: consumers, producers, administration.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>For consumers alone; over <see cref="Properties"/>.</summary>
    public IReadOnlyDictionary<string, string> Consumer { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>For producers alone; over <see cref="Properties"/>.</summary>
    public IReadOnlyDictionary<string, string> Producer { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Where the cluster is when nothing says it.</summary>
    public const string DefaultBootstrapServers = "localhost:9092";

    /// <summary>The property <c>bootstrap.servers</c>, the default applied.</summary>
    public string BootstrapServers => Properties.GetValueOrDefault("bootstrap.servers") ?? DefaultBootstrapServers;
}
