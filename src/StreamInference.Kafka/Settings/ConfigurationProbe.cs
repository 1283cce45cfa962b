using StreamInference.Configuration;
using StreamInference.Kafka.Native;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Settings;

/// <summary>What librdkafka says to a property.</summary>
internal enum ConfigurationRefusal
{
    None,
    UnknownName,
    BadValue,
}

/// <summary>Asks librdkafka itself whether it takes a property, so that names and ranges are never copied here.</summary>
internal static unsafe class ConfigurationProbe
{
    private const int UnknownName = -2;
    private const int Accepted = 0;
    private const int ErrorSize = 512;

    /// <summary>librdkafka's complaint about the property; null when it takes it.</summary>
    public static string? Check(string name, string value) => Try(name, value, out string message) == ConfigurationRefusal.None ? null : message;

    /// <summary>The kind of refusal.</summary>
    public static ConfigurationRefusal Refuses(string name, string value) => Try(name, value, out _);

    private static ConfigurationRefusal Try(string name, string value, out string message)
    {
        // Properties of the .NET client, which librdkafka never sees.
        if (name.StartsWith("dotnet.", StringComparison.Ordinal))
        {
            message = "";
            return ConfigurationRefusal.None;
        }

        nint conf = rd_kafka_conf_new();
        try
        {
            byte* error = stackalloc byte[ErrorSize];
            int result = rd_kafka_conf_set(conf, name, value, error, ErrorSize);
            message = result == Accepted ? "" : NativeText.Read(error);
            // librdkafka repeats the value in its message.
            if (Secrets.IsSecret(name) && value.Length > 0) message = message.Replace(value, Secrets.Mask, StringComparison.Ordinal);
            return result switch { Accepted => ConfigurationRefusal.None, UnknownName => ConfigurationRefusal.UnknownName, _ => ConfigurationRefusal.BadValue };
        }
        finally
        {
            rd_kafka_conf_destroy(conf);
        }
    }
}
