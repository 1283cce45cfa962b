namespace StreamInference.Configuration;

/// <summary>Keys with their sections. Below <c>kafka</c> the dots belong to librdkafka's names.</summary>
internal static class SettingKey
{
    private const string ClientSection = "kafka";

    /// <summary>The path of a key: <c>batch.max_size</c> → batch, max_size; <c>kafka.consumer.fetch.wait.max.ms</c> → kafka, consumer, fetch.wait.max.ms.</summary>
    public static string[] Split(string key)
    {
        if (!key.StartsWith(ClientSection + ".", StringComparison.Ordinal)) return key.Split('.');
        string rest = key[(ClientSection.Length + 1)..];
        foreach (string client in (ReadOnlySpan<string>)["consumer", "producer"])
            if (rest.StartsWith(client + ".", StringComparison.Ordinal)) return [ClientSection, client, rest[(client.Length + 1)..]];
        return [ClientSection, rest];
    }

    /// <summary>The key that a variable such as <c>STREAMINFERENCE_KAFKA__SASL_PASSWORD</c> (prefix cut off) names: <c>kafka.sasl.password</c>.</summary>
    public static string OfVariable(string name)
    {
        string[] path = name.ToLowerInvariant().Split("__");
        if (path[0] == ClientSection && path.Length > 1) path[^1] = path[^1].Replace('_', '.');
        return string.Join('.', path);
    }
}
