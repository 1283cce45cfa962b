namespace StreamInference.Configuration;

/// <summary>Which client properties hold secrets, and what stands in their place in logs.</summary>
public static class Secrets
{
    /// <summary>What is printed in the place of a secret.</summary>
    public const string Mask = "***";

    // Parts of names, so that a property that a later librdkafka adds is masked too.
    private static readonly string[] Marks = ["password", "secret", "passphrase", ".pem", "oauthbearer.config", "jaas", "token", "credential", "assertion"];

    // Says where a token comes from, not what it is.
    private static readonly string[] Harmless = ["sasl.oauthbearer.token.endpoint.url"];

    /// <summary>Whether the property's value must not be printed.</summary>
    public static bool IsSecret(string property) =>
        !Harmless.Contains(property, StringComparer.OrdinalIgnoreCase) && Marks.Any(mark => property.Contains(mark, StringComparison.OrdinalIgnoreCase));

    /// <summary>The value, or the mask when the property holds a secret.</summary>
    public static string Masked(string property, string value) => IsSecret(property) ? Mask : value;
}
