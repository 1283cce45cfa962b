using System.Collections;

namespace StreamInference.Configuration;

/// <summary>
/// Settings said outside the file: environment variables, then flags; the later wins. Applied before the file is bound, so they obey the same
/// rules, and errors name the variable or flag.
/// </summary>
/// <remarks>
/// A variable is <c>STREAMINFERENCE_</c>, the sections and the key in upper case with two underscores between them:
/// <c>STREAMINFERENCE_BATCH__MAX_SIZE=256</c>. Below <c>KAFKA__</c> an underscore stands for a dot:
/// <c>STREAMINFERENCE_KAFKA__SASL_PASSWORD</c> is <c>kafka: sasl.password</c>. Lists are separated by commas. An empty variable is unset.
/// </remarks>
public sealed class ConfigOverrides
{
    /// <summary>The start of every variable's name.</summary>
    public const string VariablePrefix = "STREAMINFERENCE_";

    private readonly IReadOnlyList<(string Key, string Value, string Origin)> _settings;

    private ConfigOverrides(IReadOnlyList<(string Key, string Value, string Origin)> settings) => _settings = settings;

    /// <summary>No overrides.</summary>
    public static ConfigOverrides None { get; } = new([]);

    /// <summary>What the process's environment says.</summary>
    public static ConfigOverrides FromEnvironment() =>
        FromEnvironment(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => KeyValuePair.Create((string)e.Key, (string?)e.Value ?? "")));

    /// <summary>
    /// What these variables say. A variable without a section that is no setting of the top level belongs to something else and is passed over;
    /// one with a section is taken at its word.
    /// </summary>
    public static ConfigOverrides FromEnvironment(IEnumerable<KeyValuePair<string, string>> variables)
    {
        IReadOnlyList<SettingInfo> known = SettingInfo.Of(typeof(PipelineConfig));
        return new ConfigOverrides(
            [.. from variable in variables
                where variable.Value.Length > 0 && variable.Key.StartsWith(VariablePrefix, StringComparison.Ordinal)
                let name = variable.Key[VariablePrefix.Length..]
                let key = SettingKey.OfVariable(name)
                where name.Contains("__", StringComparison.Ordinal) || known.Any(s => s.Key == key)
                orderby variable.Key
                select (key, variable.Value, "environment variable " + variable.Key)]);
    }

    /// <summary>These overrides and one more, which wins over them.</summary>
    /// <param name="key">The key with its sections: <c>batch.max_size</c>, <c>kafka.bootstrap.servers</c>.</param>
    /// <param name="value">The value, as it would stand in the file without quotes.</param>
    /// <param name="origin">What said it, for error messages: <c>--set batch.max_size</c>.</param>
    public ConfigOverrides With(string key, string value, string origin) => new([.. _settings, (key, value, origin)]);

    /// <summary>
    /// The client properties among the overrides, for a client without a pipeline: <c>bootstrap.servers</c> (the default where nothing says it),
    /// <c>sasl.*</c>, …; those of one kind of client keep their prefix <c>consumer.</c> or <c>producer.</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> ClientProperties()
    {
        const string Section = "kafka.";
        Dictionary<string, string> properties = new(StringComparer.Ordinal) { ["bootstrap.servers"] = KafkaConfig.DefaultBootstrapServers };
        foreach ((string key, string value, _) in _settings)
            if (key.StartsWith(Section, StringComparison.Ordinal)) properties[key[Section.Length..]] = value;
        return properties;
    }

    /// <summary>Writes the overrides into a tree of settings.</summary>
    internal void Apply(SectionNode root)
    {
        foreach ((string key, string value, string origin) in _settings) root.Set(SettingKey.Split(key), new ScalarNode(value, ScalarStyle.Untyped, origin));
    }
}
