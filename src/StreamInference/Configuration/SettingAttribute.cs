namespace StreamInference.Configuration;

/// <summary>
/// Describes one setting of a configuration record. The binder, the validator and the published JSON Schema all read it, so the three cannot
/// disagree. The key is the property's name in snake case; the type gives the syntax.
/// </summary>
/// <param name="description">One sentence for editors and for <c>--check</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    /// <summary>One sentence for editors and for <c>--check</c>.</summary>
    public string Description { get; } = description;

    /// <summary>The least value, in the setting's own syntax ("1", "1ms", "1KiB"); null for none.</summary>
    public string? Minimum { get; init; }

    /// <summary>The greatest value, in the setting's own syntax; null for none.</summary>
    public string? Maximum { get; init; }

    /// <summary>A regular expression that a text must match whole; null for none.</summary>
    public string? Pattern { get; init; }

    /// <summary>Known values of an open set: editors offer them, others are allowed.</summary>
    public string[]? Examples { get; init; }

    /// <summary>A text in whose place a positive whole number may stand, without quotes.</summary>
    public bool NumberAllowed { get; init; }

    /// <summary>The text is a path: one that is not rooted starts at the folder of its file.</summary>
    public bool IsPath { get; init; }
}
