using System.Collections.ObjectModel;

namespace StreamInference.Configuration;

/// <summary>A topic as it should be.</summary>
public sealed record TopicConfig
{
    /// <summary>The topic's name.</summary>
    [Setting("The topic's name.", Pattern = InputConfig.TopicPattern)]
    public required string Name { get; init; }

    /// <summary>The number of partitions. It can grow, never shrink.</summary>
    [Setting("The number of partitions; it can grow, never shrink.", Minimum = "1", Maximum = "100000")]
    public int Partitions { get; init; } = 1;

    /// <summary>Copies of each partition; null: the cluster's default.</summary>
    [Setting("Copies of each partition; by default what the cluster says.", Minimum = "1", Maximum = "100")]
    public int? ReplicationFactor { get; init; }

    /// <summary>Topic configurations by Kafka's names: <c>cleanup.policy</c>, <c>retention.ms</c>, …</summary>
    [Setting("Topic configurations by Kafka's names.")]
    public IReadOnlyDictionary<string, string> Configs { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>Reads a <c>topics.yaml</c>: the topics of a stream.</summary>
public static class TopicsFile
{
    private const string Root = "topics";

    /// <summary>Reads and validates a file.</summary>
    /// <exception cref="InvalidConfigurationException">Names every error with file, line and key.</exception>
    public static IReadOnlyList<TopicConfig> Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException(path, [new ConfigError("", exception.Message)]);
        }

        List<ConfigError> errors = [];
        List<TopicConfig> topics = YamlSettings.Read(text, path, errors) is { } root ? Bind(root, errors) : [];
        return errors.Count == 0 ? topics : throw new InvalidConfigurationException(path, errors);
    }

    private static List<TopicConfig> Bind(SectionNode root, List<ConfigError> errors)
    {
        foreach ((string key, SectionNode.Entry entry) in root.Entries)
            if (key != Root) errors.Add(new ConfigError(key, Suggestions.Unknown(key, [Root]), entry.KeyLocation));
        if (root.Find([Root]) is not ListNode list)
        {
            errors.Add(new ConfigError(Root, "must be a list of topics", root.Find([Root])?.Location ?? root.Location));
            return [];
        }

        List<TopicConfig> topics = [];
        for (int i = 0; i < list.Items.Count; i++) BindOne(list.Items[i], $"{Root}[{i}].", topics, errors);
        return topics;
    }

    private static void BindOne(SettingNode node, string prefix, List<TopicConfig> topics, List<ConfigError> errors)
    {
        if (node is not SectionNode section)
        {
            errors.Add(new ConfigError(prefix.TrimEnd('.'), "must be a section of settings (key: value)", node.Location));
            return;
        }

        int before = errors.Count;
        TopicConfig topic = new SettingBinder("", errors).Bind<TopicConfig>(section, prefix);
        HashSet<string> reported = [.. errors.Skip(before).Select(e => e.Key)];
        foreach (SettingInfo setting in SettingInfo.Of(typeof(TopicConfig)))
            if (setting.Get(topic) is { } value && setting.Refuse(value) is { } refusal && reported.Add(prefix + setting.Key))
                errors.Add(new ConfigError(prefix + setting.Key, refusal, (section.Find([setting.Key]) ?? section).Location));
        if (topics.Exists(t => t.Name == topic.Name)) errors.Add(new ConfigError(prefix + "name", $"\"{topic.Name}\" is listed twice", section.Location));
        topics.Add(topic);
    }
}
