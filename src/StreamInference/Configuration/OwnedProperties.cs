namespace StreamInference.Configuration;

/// <summary>Properties of the Kafka client that a pipeline sets itself, because exactly-once or its own settings rest on them.</summary>
public static class OwnedProperties
{
    private const string CommittedWithResults = "offsets are committed with the results";
    private const string Transactional = "the producer is transactional";
    private const string Native = "delivery reports and logs are read from the client's own queues";

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["group.id"] = "use input.group",
        ["group.instance.id"] = "it is made of the pipeline's name and the worker's slot",
        ["transactional.id"] = "it is made of the pipeline's name and the worker's slot",
        ["auto.offset.reset"] = "use input.offset_reset",
        ["enable.auto.commit"] = CommittedWithResults,
        ["enable.auto.offset.store"] = CommittedWithResults,
        ["isolation.level"] = "the input is read committed",
        ["enable.idempotence"] = Transactional,
        ["acks"] = Transactional,
        ["request.required.acks"] = Transactional,
        ["delivery.report.only.error"] = Native,
        ["log.queue"] = Native,
    };

    /// <summary>Why the property <paramref name="name"/> must not be set, for people; null when it may be.</summary>
    public static string? Reason(string name) => Reasons.TryGetValue(name, out string? reason) ? $"is set by the pipeline: {reason}" : null;
}
