namespace StreamInference.Configuration;

/// <summary>A value of a configuration with the place where it was said.</summary>
internal abstract class SettingNode(string location)
{
    /// <summary>File, line and column; or the variable or flag.</summary>
    public string Location { get; } = location;
}

/// <summary>How a text was written, which says what it may mean.</summary>
internal enum ScalarStyle
{
    /// <summary>Plain in YAML: a number, a boolean, null or a text, by its look.</summary>
    Plain,

    /// <summary>In quotes or as a block: a text.</summary>
    Quoted,

    /// <summary>From a variable or a flag, which have no types.</summary>
    Untyped,
}

/// <summary>One value.</summary>
internal sealed class ScalarNode(string text, ScalarStyle style, string location) : SettingNode(location)
{
    public string Text { get; } = text;

    public ScalarStyle Style { get; } = style;

    public bool IsNull => Style == ScalarStyle.Plain && Text is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>A list of values.</summary>
internal sealed class ListNode(IReadOnlyList<SettingNode> items, string location) : SettingNode(location)
{
    public IReadOnlyList<SettingNode> Items { get; } = items;
}

/// <summary>A section: keys and their values, in the order of the file.</summary>
internal sealed class SectionNode(string location) : SettingNode(location)
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>A key's value, and where the key is.</summary>
    public readonly record struct Entry(SettingNode Value, string KeyLocation);

    public IReadOnlyDictionary<string, Entry> Entries => _entries;

    public void Add(string key, SettingNode value, string keyLocation) => _entries[key] = new Entry(value, keyLocation);

    /// <summary>The value at a path; null where there is none.</summary>
    public SettingNode? Find(ReadOnlySpan<string> path)
    {
        SettingNode? node = this;
        foreach (string key in path) node = node is SectionNode section && section._entries.TryGetValue(key, out Entry entry) ? entry.Value : null;
        return node;
    }

    /// <summary>Replaces or adds the value at a path; sections on the way are made where they are missing.</summary>
    public void Set(ReadOnlySpan<string> path, ScalarNode value)
    {
        SectionNode section = this;
        foreach (string key in path[..^1])
        {
            if (section._entries.TryGetValue(key, out Entry entry) && entry.Value is SectionNode inner)
            {
                section = inner;
                continue;
            }

            SectionNode made = new(value.Location);
            section.Add(key, made, value.Location);
            section = made;
        }

        section.Add(path[^1], value, value.Location);
    }
}
