using System.Text;

namespace StreamInference.Configuration;

/// <summary>A configuration as it is in force: defaults, environment and flags applied, secrets masked.</summary>
public static class EffectiveConfig
{
    /// <summary>Every setting that has a value, by its key, in the order of the records.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Describe(PipelineConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        List<KeyValuePair<string, string>> settings = [];
        Collect(config, "", settings);
        return settings;
    }

    /// <summary>As one text, a setting a line.</summary>
    public static string Format(PipelineConfig config)
    {
        StringBuilder text = new();
        foreach ((string key, string value) in Describe(config)) text.Append(key).Append(" = ").Append(value).Append('\n');
        return text.ToString();
    }

    private static void Collect(object record, string prefix, List<KeyValuePair<string, string>> settings)
    {
        foreach (SettingInfo setting in SettingInfo.Of(record.GetType()))
        {
            string key = prefix + setting.Key;
            switch (setting.Get(record))
            {
                case null:
                    break;
                case KafkaConfig kafka:
                    if (!kafka.Properties.ContainsKey("bootstrap.servers")) settings.Add(new(key + ".bootstrap.servers", kafka.BootstrapServers));
                    Collect(kafka.Properties, key + ".", settings);
                    Collect(kafka.Consumer, key + ".consumer.", settings);
                    Collect(kafka.Producer, key + ".producer.", settings);
                    break;
                case IReadOnlyList<string> list:
                    settings.Add(new(key, string.Join(", ", list)));
                    break;
                case { } section when setting.IsSection:
                    Collect(section, key + ".", settings);
                    break;
                case { } value:
                    settings.Add(new(key, setting.Type!.Format(value)));
                    break;
            }
        }
    }

    private static void Collect(IReadOnlyDictionary<string, string> properties, string prefix, List<KeyValuePair<string, string>> settings)
    {
        foreach ((string name, string value) in properties.OrderBy(p => p.Key, StringComparer.Ordinal)) settings.Add(new(prefix + name, Secrets.Masked(name, value)));
    }
}
