using System.Text;
using StreamInference.Configuration;

namespace StreamInference.Kafka.Settings;

/// <summary>
/// Client properties by the names of librdkafka's CONFIGURATION.md (<c>bootstrap.servers</c>, <c>security.protocol</c>, <c>sasl.*</c>,
/// <c>ssl.*</c>, …). A name with the prefix <c>consumer.</c>, <c>producer.</c> or <c>admin.</c> goes to that client only and wins over the plain one.
/// Immutable; values that are secrets never reach <see cref="ToString"/> or a log.
/// </summary>
public sealed class KafkaSettings
{
    private const string ConsumerPrefix = "consumer.";
    private const string ProducerPrefix = "producer.";
    private const string AdminPrefix = "admin.";
    private const string BootstrapServersKey = "bootstrap.servers";

    private readonly SortedDictionary<string, string> _properties;

    /// <summary>Copies <paramref name="properties"/>.</summary>
    public KafkaSettings(IEnumerable<KeyValuePair<string, string>> properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        _properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in properties) _properties[key] = value;
    }

    /// <summary>The brokers to start from, as <c>host:port,…</c>; null when not set.</summary>
    public string? BootstrapServers => _properties.GetValueOrDefault(BootstrapServersKey);

    /// <summary>All properties as given, secrets included.</summary>
    public IReadOnlyDictionary<string, string> Properties => _properties;

    /// <summary>Settings with nothing but the address of a cluster.</summary>
    public static KafkaSettings For(string bootstrapServers) => new([new(BootstrapServersKey, bootstrapServers)]);

    /// <summary>The settings of a pipeline's <c>kafka</c> section.</summary>
    public static KafkaSettings From(KafkaConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new KafkaSettings(
            [
                new(BootstrapServersKey, config.BootstrapServers),
                .. config.Properties,
                .. config.Consumer.Select(property => new KeyValuePair<string, string>(ConsumerPrefix + property.Key, property.Value)),
                .. config.Producer.Select(property => new KeyValuePair<string, string>(ProducerPrefix + property.Key, property.Value)),
            ]);
    }

    /// <summary>These settings with <paramref name="overrides"/> on top: YAML, then environment, then flags.</summary>
    public KafkaSettings With(IEnumerable<KeyValuePair<string, string>> overrides) => new(_properties.Concat(overrides));

    /// <summary>
    /// Reads <c>KAFKA_BOOTSTRAP_SERVERS</c>, <c>KAFKA_SASL_PASSWORD</c> and the like: <c>KAFKA_</c> before the name in capitals, <c>_</c> for each dot
    /// (the convention of the public container images). Names that librdkafka does not know are left out: other programs share the prefix.
    /// </summary>
    public static IReadOnlyDictionary<string, string> FromEnvironment(IEnumerable<KeyValuePair<string, string?>> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        foreach ((string name, string? value) in environment)
        {
            if (!name.StartsWith("KAFKA_", StringComparison.Ordinal) || string.IsNullOrEmpty(value)) continue;
            string key = name["KAFKA_".Length..].Replace('_', '.');
            key = string.Create(key.Length, key, static (to, from) => from.AsSpan().ToLowerInvariant(to));
            if (ConfigurationProbe.Refuses(Unprefixed(key), value) is not ConfigurationRefusal.UnknownName) found[key] = value;
        }

        return found;
    }

    /// <summary>Asks librdkafka about every property and returns all refusals; empty when the settings can be used.</summary>
    public IReadOnlyList<KafkaSettingError> Validate()
    {
        List<KafkaSettingError> errors = [];
        if (string.IsNullOrWhiteSpace(BootstrapServers)) errors.Add(new(BootstrapServersKey, "is missing: the brokers to start from, as host:port,…"));
        foreach ((string key, string value) in _properties)
        {
            string name = Unprefixed(key);
            if (OwnedProperties.Reason(name) is { } reason) errors.Add(new(key, reason));
            else if (ConfigurationProbe.Check(name, value) is { } message) errors.Add(new(key, message));
        }

        return errors;
    }

    /// <summary>Throws one exception with every error of <see cref="Validate"/>.</summary>
    /// <exception cref="ArgumentException">A property is refused.</exception>
    public void ThrowIfInvalid()
    {
        IReadOnlyList<KafkaSettingError> errors = Validate();
        if (errors.Count > 0) throw new ArgumentException("Kafka settings: " + string.Join("; ", errors.Select(error => $"{error.Key} {error.Message}")));
    }

    /// <summary>The properties of a consumer over <paramref name="defaults"/>.</summary>
    internal Dictionary<string, string> ForConsumer(IEnumerable<KeyValuePair<string, string>> defaults) => Merge(defaults, ConsumerPrefix);

    /// <summary>The properties of a producer over <paramref name="defaults"/>.</summary>
    internal Dictionary<string, string> ForProducer(IEnumerable<KeyValuePair<string, string>> defaults) => Merge(defaults, ProducerPrefix);

    /// <summary>The properties of an admin client.</summary>
    internal Dictionary<string, string> ForAdmin() => Merge([], AdminPrefix);

    /// <summary>The properties with secrets masked, one line.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach ((string key, string value) in _properties)
        {
            if (text.Length > 0) text.Append(", ");
            text.Append(key).Append('=').Append(Secrets.Masked(key, value));
        }

        return text.ToString();
    }

    private Dictionary<string, string> Merge(IEnumerable<KeyValuePair<string, string>> defaults, string prefix)
    {
        Dictionary<string, string> merged = new(StringComparer.Ordinal);
        foreach ((string key, string value) in defaults) merged[key] = value;
        foreach ((string key, string value) in _properties)
            if (key == Unprefixed(key)) merged[key] = value;
        foreach ((string key, string value) in _properties)
            if (key.StartsWith(prefix, StringComparison.Ordinal)) merged[key[prefix.Length..]] = value;
        return merged;
    }

    private static string Unprefixed(string key)
    {
        foreach (string prefix in (ReadOnlySpan<string>)[ConsumerPrefix, ProducerPrefix, AdminPrefix])
            if (key.StartsWith(prefix, StringComparison.Ordinal)) return key[prefix.Length..];
        return key;
    }
}

/// <summary>A property that cannot be used, and why.</summary>
/// <param name="Key">The property as the user wrote it.</param>
/// <param name="Message">What is wrong, for people; a predicate to the key.</param>
public readonly record struct KafkaSettingError(string Key, string Message);
