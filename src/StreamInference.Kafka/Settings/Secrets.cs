namespace StreamInference.Kafka.Settings;

/// <summary>Which properties hold secrets.</summary>
internal static class Secrets
{
    public const string Mask = "***";

    // Fragments instead of names, so that a property that a later librdkafka adds is masked too.
    private static readonly string[] Fragments = ["password", "secret", ".pem", "sasl.jaas", "sasl.oauthbearer.config", "assertion"];

    public static bool IsSecret(string key) => Array.Exists(Fragments, fragment => key.Contains(fragment, StringComparison.OrdinalIgnoreCase));
}
