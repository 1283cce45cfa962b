namespace StreamInference.Configuration;

/// <summary>Makes a configuration record of a section of settings. Notes every error and goes on; what cannot be read keeps its default.</summary>
internal sealed class SettingBinder(string baseDirectory, ICollection<ConfigError> errors)
{
    /// <summary>Binds a section to a new record of type <typeparamref name="T"/>.</summary>
    public T Bind<T>(SectionNode section, string prefix = "")
        where T : class => (T)Bind(typeof(T), section, prefix);

    private object Bind(Type type, SectionNode section, string prefix)
    {
        object record = Activator.CreateInstance(type)!;
        IReadOnlyList<SettingInfo> settings = SettingInfo.Of(type);
        foreach (SettingInfo setting in settings)
        {
            SettingNode? node = section.Entries.TryGetValue(setting.Key, out SectionNode.Entry entry) ? entry.Value : null;
            if (node is null or ScalarNode { IsNull: true }) BindMissing(record, setting, section, prefix);
            else BindValue(record, setting, node, prefix + setting.Key);
        }

        foreach ((string key, SectionNode.Entry entry) in section.Entries)
            if (settings.All(s => s.Key != key)) errors.Add(new ConfigError(prefix + key, Suggestions.Unknown(key, settings.Select(s => s.Key)), entry.KeyLocation));
        return record;
    }

    private void BindMissing(object record, SettingInfo setting, SectionNode section, string prefix)
    {
        if (!setting.IsRequired) return;
        if (setting.IsSection)
        {
            // An empty section names each of its required settings.
            setting.Set(record, Bind(setting.PropertyType, new SectionNode(section.Location), prefix + setting.Key + "."));
            return;
        }

        errors.Add(new ConfigError(prefix + setting.Key, "is required", section.Location));
        setting.Set(record, "");
    }

    private void BindValue(object record, SettingInfo setting, SettingNode node, string key)
    {
        switch (node)
        {
            case SectionNode inner when setting.IsSection:
                setting.Set(record, Bind(setting.PropertyType, inner, key + "."));
                return;
            case SectionNode inner when setting.IsClientProperties:
                setting.Set(record, BindClientProperties(inner, key));
                return;
            case SectionNode inner when setting.IsMap:
                Dictionary<string, string> map = new(StringComparer.Ordinal);
                foreach ((string name, SectionNode.Entry property) in inner.Entries) Add(map, name, property.Value, $"{key}.{name}");
                setting.Set(record, map);
                return;
            case ScalarNode scalar when setting.Type is { } type:
                BindScalar(record, setting, type, scalar, key);
                return;
            case ListNode list when setting.IsList:
                setting.Set(record, list.Items.Select((item, i) => TextOf(item, $"{key}[{i}]")).OfType<string>().ToArray());
                return;
            case ScalarNode { Style: ScalarStyle.Untyped } scalar when setting.IsList:
                setting.Set(record, scalar.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
                return;
            default:
                errors.Add(new ConfigError(key, $"must be {Expected(setting)}", node.Location));
                // Only a required setting is null so far; a section of defaults keeps later checks going.
                if (setting.IsRequired) setting.Set(record, setting.IsSection ? Bind(setting.PropertyType, Placeholder(setting), key + ".") : "");
                return;
        }
    }

    private static SectionNode Placeholder(SettingInfo setting)
    {
        SectionNode section = new("");
        foreach (SettingInfo inner in SettingInfo.Of(setting.PropertyType))
            if (inner.IsRequired) section.Add(inner.Key, new ScalarNode("unset", ScalarStyle.Quoted, ""), "");
        return section;
    }

    private void BindScalar(object record, SettingInfo setting, SettingType type, ScalarNode scalar, string key)
    {
        bool numberAsText = setting.Attribute.NumberAllowed && scalar.Style == ScalarStyle.Plain;
        if (numberAsText && type is SettingType.TextType)
        {
            setting.Set(record, scalar.Text);
        }
        else if (type.TryParse(scalar, out object? value))
        {
            setting.Set(record, setting.Attribute.IsPath ? FullPath((string)value, scalar.Style) : value);
        }
        else
        {
            string hint = type is SettingType.ChoiceType choice ? Suggestions.DidYouMean(scalar.Text, choice.Names) : "";
            errors.Add(new ConfigError(key, $"\"{scalar.Text}\" must be {type.Expected}{hint}", scalar.Location));
            if (setting.IsRequired) setting.Set(record, "");
        }
    }

    // A path from a variable or a flag starts where its author stands, not where the file is.
    private string FullPath(string path, ScalarStyle style) =>
        path.Length == 0 ? path : Path.GetFullPath(path, style == ScalarStyle.Untyped ? Directory.GetCurrentDirectory() : baseDirectory);

    private KafkaConfig BindClientProperties(SectionNode section, string prefix)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        KafkaConfig config = new() { Properties = all };
        foreach ((string key, SectionNode.Entry entry) in section.Entries)
        {
            if (key is "consumer" or "producer")
            {
                Dictionary<string, string> some = [];
                if (entry.Value is SectionNode inner)
                    foreach ((string name, SectionNode.Entry property) in inner.Entries) Add(some, name, property.Value, $"{prefix}.{key}.{name}");
                else if (entry.Value is not ScalarNode { IsNull: true }) errors.Add(new ConfigError($"{prefix}.{key}", "must be a section of client properties", entry.Value.Location));
                config = key == "consumer" ? config with { Consumer = some } : config with { Producer = some };
                continue;
            }

            Add(all, key, entry.Value, $"{prefix}.{key}");
        }

        return config;
    }

    private void Add(Dictionary<string, string> properties, string name, SettingNode value, string key)
    {
        if (value is ScalarNode { IsNull: true }) return;
        if (value is ScalarNode scalar) properties[name] = scalar.Text;
        else errors.Add(new ConfigError(key, "must be one value: the name keeps its dots (bootstrap.servers, not a section bootstrap)", value.Location));
    }

    private string? TextOf(SettingNode node, string key)
    {
        if (node is ScalarNode { IsNull: false } scalar && SettingType.TextType.Instance.TryParse(scalar, out object? text)) return (string)text;
        errors.Add(new ConfigError(key, $"must be {SettingType.TextType.Instance.Expected}", node.Location));
        return null;
    }

    private static string Expected(SettingInfo setting) =>
        setting.IsList ? "a list of texts" : setting.Type?.Expected ?? "a section of settings (key: value)";
}
