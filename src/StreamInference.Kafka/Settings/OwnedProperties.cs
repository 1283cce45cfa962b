namespace StreamInference.Kafka.Settings;

/// <summary>Properties that exactly-once rests on; the pipeline sets them itself.</summary>
internal static class OwnedProperties
{
    private const string ExactlyOnce = "is set by the pipeline: exactly-once depends on it";
    private const string ElsewhereInPipeline = "is set by the pipeline from its name and slot";

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["enable.auto.commit"] = ExactlyOnce,
        ["enable.auto.offset.store"] = ExactlyOnce,
        ["isolation.level"] = ExactlyOnce,
        ["enable.idempotence"] = ExactlyOnce,
        ["acks"] = ExactlyOnce,
        ["request.required.acks"] = ExactlyOnce,
        ["delivery.report.only.error"] = ExactlyOnce,
        ["log.queue"] = ExactlyOnce,
        ["group.id"] = ElsewhereInPipeline,
        ["transactional.id"] = ElsewhereInPipeline,
    };

    /// <summary>Why <paramref name="name"/> must not be set; null when it may be.</summary>
    public static string? Reason(string name) => Reasons.GetValueOrDefault(name);
}
