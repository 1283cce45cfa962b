using System.Globalization;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Topics;

/// <summary>The wire's type of a setting (<c>DescribeConfigs</c>).</summary>
internal enum SettingType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Long = 5,
    Double = 6,
    List = 7,
}

/// <summary>A topic setting that is known: its type, Kafka's default and the values that this broker takes.</summary>
internal sealed record TopicSetting(string Name, SettingType Type, string Default, Func<string, bool> IsValid);

/// <summary>
/// The settings of a topic: what was set, checked against the known ones. Settings that only matter to replication or to
/// file-system tuning are taken and kept but do nothing; values that would need batches to be rewritten are refused.
/// </summary>
internal sealed class TopicSettings
{
    private static readonly Dictionary<string, TopicSetting> Known = new TopicSetting[]
    {
        new("cleanup.policy", SettingType.List, "delete", static value => value.Split(',').All(static part => part.Trim() is "delete" or "compact")),
        new("retention.ms", SettingType.Long, "604800000", IsAtLeast(-1)),
        new("retention.bytes", SettingType.Long, "-1", IsAtLeast(-1)),
        new("segment.bytes", SettingType.Int, "1073741824", IsIntAtLeast(14)),
        new("segment.ms", SettingType.Long, "604800000", IsAtLeast(1)),
        new("segment.jitter.ms", SettingType.Long, "0", IsAtLeast(0)),
        new("segment.index.bytes", SettingType.Int, "10485760", IsIntAtLeast(4)),
        new("max.message.bytes", SettingType.Int, "1048588", IsIntAtLeast(0)),
        new("delete.retention.ms", SettingType.Long, "86400000", IsAtLeast(0)),
        new("min.cleanable.dirty.ratio", SettingType.Double, "0.5", IsRatio),
        new("min.compaction.lag.ms", SettingType.Long, "0", IsAtLeast(0)),
        new("max.compaction.lag.ms", SettingType.Long, "9223372036854775807", IsAtLeast(1)),
        new("message.timestamp.type", SettingType.String, "CreateTime", static value => value == "CreateTime"),
        new("message.timestamp.before.max.ms", SettingType.Long, "9223372036854775807", IsAtLeast(0)),
        new("message.timestamp.after.max.ms", SettingType.Long, "9223372036854775807", IsAtLeast(0)),
        new("compression.type", SettingType.String, "producer", static value => value == "producer"),
        new("min.insync.replicas", SettingType.Int, "1", IsIntAtLeast(1)),
        new("unclean.leader.election.enable", SettingType.Boolean, "false", IsBoolean),
        new("preallocate", SettingType.Boolean, "false", IsBoolean),
        new("flush.messages", SettingType.Long, "9223372036854775807", IsAtLeast(1)),
        new("flush.ms", SettingType.Long, "9223372036854775807", IsAtLeast(0)),
        new("file.delete.delay.ms", SettingType.Long, "60000", IsAtLeast(0)),
        new("index.interval.bytes", SettingType.Int, "4096", IsIntAtLeast(0)),
    }.ToDictionary(static setting => setting.Name);

    private readonly Dictionary<string, string> _values;
    private readonly LogOptions _defaults;

    private TopicSettings(Dictionary<string, string> values, LogOptions defaults)
    {
        _values = values;
        _defaults = defaults;
        Log = ToLogOptions();
    }

    public static IEnumerable<TopicSetting> All => Known.Values;

    /// <summary>What was set, by name.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    public LogOptions Log { get; }

    /// <summary>Checks all values; on failure the error names every setting that is wrong.</summary>
    public static (TopicSettings? Settings, string? Error) Create(IReadOnlyDictionary<string, string> values, LogOptions defaults)
    {
        var errors = values.Select(static pair => Check(pair.Key, pair.Value)).OfType<string>().ToList();
        return errors.Count > 0 ? (null, string.Join("; ", errors)) : (new TopicSettings(new(values), defaults), null);
    }

    public string Effective(TopicSetting setting) => _values.GetValueOrDefault(setting.Name) ?? DefaultOf(setting);

    public string DefaultOf(TopicSetting setting) => setting.Name switch
    {
        "retention.bytes" => Text(_defaults.RetentionBytes),
        "retention.ms" => Text(_defaults.RetentionMs),
        "max.message.bytes" => Text(_defaults.MaxMessageBytes),
        "segment.bytes" => Text(_defaults.SegmentBytes),
        _ => setting.Default,
    };

    private static string? Check(string name, string value)
    {
        if (!Known.TryGetValue(name, out var setting)) return $"Unknown topic config name: {name}";
        return setting.IsValid(value) ? null : $"Invalid value {value} for configuration {name}";
    }

    private LogOptions ToLogOptions()
    {
        var policies = Value("cleanup.policy").Split(',').Select(static part => part.Trim()).ToHashSet();
        return new LogOptions
        {
            MaxMessageBytes = (int)Number("max.message.bytes"),
            SegmentBytes = Number("segment.bytes"),
            SegmentMs = Number("segment.ms"),
            RetentionBytes = Number("retention.bytes"),
            RetentionMs = Number("retention.ms"),
            DeleteRetentionMs = Number("delete.retention.ms"),
            MinCleanableDirtyRatio = double.Parse(Value("min.cleanable.dirty.ratio"), CultureInfo.InvariantCulture),
            Compact = policies.Contains("compact"),
            Delete = policies.Contains("delete"),
        };
    }

    private string Value(string name) => Effective(Known[name]);

    private long Number(string name) => long.Parse(Value(name), CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static Func<string, bool> IsAtLeast(long least) =>
        value => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least;

    private static Func<string, bool> IsIntAtLeast(int least) =>
        value => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least;

    private static bool IsRatio(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1;

    private static bool IsBoolean(string value) => value is "true" or "false";
}
