using System.Globalization;

namespace StreamInference.Kafka.Topics;

/// <summary>Which configuration changes lose records or guarantees. Whoever means it makes them with Kafka's own tools.</summary>
internal static class ConfigRules
{
    private const long Unlimited = -1;

    /// <summary>Why the change is refused; null when it is harmless.</summary>
    public static string? Refusal(string name, string? now, string wanted) => name switch
    {
        "retention.ms" or "retention.bytes" or "delete.retention.ms" when IsLess(now, wanted, Unlimited) => "a shorter retention deletes records",
        "max.message.bytes" when IsLess(now, wanted, null) => "records that fit today would be refused",
        "min.insync.replicas" when IsLess(now, wanted, null) => "acknowledged records would have fewer copies",
        "cleanup.policy" when now is not null && !SamePolicies(now, wanted) => "another cleanup policy deletes records",
        _ => null,
    };

    private static bool IsLess(string? now, string wanted, long? unlimited)
    {
        if (!long.TryParse(now, CultureInfo.InvariantCulture, out long from) || !long.TryParse(wanted, CultureInfo.InvariantCulture, out long to)) return false;
        if (to == unlimited) return false;
        return from == unlimited || to < from;
    }

    private static bool SamePolicies(string now, string wanted) => now.Split(',').Order().SequenceEqual(wanted.Split(',').Order());
}
