using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Vision.Description;

/// <summary>
/// Reads the keys of one YAML mapping, notes every error with its place and goes on: what cannot be read has its default. A key that nothing
/// asked for is an error too; <see cref="Finish"/> finds those.
/// </summary>
internal sealed class YamlSection
{
    private readonly YamlMappingNode? _mapping;
    private readonly string _file, _prefix;
    private readonly int _line;
    private readonly List<DescriptionError> _errors;
    private readonly List<string> _asked = [];

    private YamlSection(YamlMappingNode? mapping, string file, string prefix, int line, List<DescriptionError> errors) =>
        (_mapping, _file, _prefix, _line, _errors) = (mapping, file, prefix, line, errors);

    /// <summary>Reads a whole document; an empty section when it is not YAML or no mapping.</summary>
    public static YamlSection Parse(string text, string file, List<DescriptionError> errors)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }]) return new(root, file, "", Line(root.Start), errors);
            errors.Add(new(file, 0, "", "must be one section of settings (key: value)"));
        }
        catch (YamlException exception)
        {
            errors.Add(new(file, Line(exception.Start), "", $"is not valid YAML: {exception.Message}"));
        }

        return new(null, file, "", 0, errors);
    }

    /// <summary>Whether there is a mapping to read.</summary>
    public bool IsRead => _mapping is not null;

    /// <summary>Whether the key is there, with a value.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether the key has a list.</summary>
    public bool IsList(string key) => Find(key) is YamlSequenceNode;

    /// <summary>A text; null when the key is missing.</summary>
    public string? Text(string key) => Find(key) is { } node ? Scalar(key, node, "a text") : null;

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string key)
    {
        if (!Has(key)) Error(key, "is required");
        return Text(key) ?? "";
    }

    /// <summary>A whole number; null when the key is missing or wrong.</summary>
    public int? Integer(string key, int minimum, int maximum)
    {
        if (Find(key) is not { } node) return null;
        string expected = string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}");
        if (Scalar(key, node, expected) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum) return value;
        Error(key, $"must be {expected}, not \"{text}\"");
        return null;
    }

    /// <summary>A number; null when the key is missing or wrong.</summary>
    public float? Number(string key, float minimum = float.MinValue, float maximum = float.MaxValue) =>
        Find(key) is { } node ? Number(key, node, minimum, maximum) : null;

    /// <summary>True or false; null when the key is missing or wrong.</summary>
    public bool? Flag(string key)
    {
        if (Find(key) is not { } node || Scalar(key, node, "true or false") is not { } text) return null;
        if (text is "true" or "false") return text == "true";
        Error(key, $"must be true or false, not \"{text}\"");
        return null;
    }

    /// <summary>One of an enumeration's names, in snake case; null when the key is missing or wrong.</summary>
    public T? Choice<T>(string key) where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
        return Choice(key, names) is { } name ? Enum.GetValues<T>()[Array.IndexOf(names, name)] : null;
    }

    /// <summary>One of some names; null when the key is missing or wrong.</summary>
    public string? Choice(string key, IReadOnlyList<string> names)
    {
        string expected = "one of " + string.Join(", ", names);
        if (Find(key) is not { } node || Scalar(key, node, expected) is not { } text) return null;
        if (names.Contains(text)) return text;
        Error(key, $"must be {expected}, not \"{text}\"");
        return null;
    }

    /// <summary>A list of texts; null when the key is missing or wrong.</summary>
    public IReadOnlyList<string>? Texts(string key) =>
        List(key, "a list of texts", node => Scalar(key, node, "a list of texts"));

    /// <summary>A list of whole numbers; null when the key is missing or wrong.</summary>
    public IReadOnlyList<int>? Integers(string key, int minimum, int maximum) =>
        List<int?>(key, "a list of whole numbers", node => Number(key, node, minimum, maximum) is { } value && value == (int)value ? (int)value : WrongInteger(key))
            ?.Select(value => value!.Value).ToArray();

    /// <summary>A list of so many numbers, or one number for all of them; null when the key is missing or wrong.</summary>
    public IReadOnlyList<float>? Numbers(string key, int count, float minimum = float.MinValue)
    {
        if (Find(key) is YamlScalarNode) return Number(key, minimum) is { } one ? [.. Enumerable.Repeat(one, count)] : null;
        var values = List<float?>(key, "a list of numbers", node => Number(key, node, minimum, float.MaxValue))?.Select(value => value!.Value).ToArray();
        if (values is null || values.Length == count) return values;
        Error(key, string.Create(CultureInfo.InvariantCulture, $"must have {count} numbers, one per channel, not {values.Length}"));
        return null;
    }

    /// <summary>A section of its own; an empty one when the key is missing or wrong.</summary>
    public YamlSection Section(string key)
    {
        string prefix = _prefix + key + ".";
        if (Find(key) is not { } node) return new(null, _file, prefix, _line, _errors);
        if (node is YamlMappingNode mapping) return new(mapping, _file, prefix, Line(node.Start), _errors);
        Error(key, "must be a section of settings (key: value)");
        return new(null, _file, prefix, Line(node.Start), _errors);
    }

    /// <summary>Notes an error at a key, or at the section where the key is missing.</summary>
    public void Error(string key, string message) => _errors.Add(new(_file, Find(key) is { } node ? Line(node.Start) : _line, _prefix + key, message));

    /// <summary>Notes the keys that nothing asked for.</summary>
    public void Finish()
    {
        foreach (var key in _mapping?.Children.Keys ?? [])
        {
            string name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (!_asked.Contains(name)) _errors.Add(new(_file, Line(key.Start), _prefix + name, $"is not a setting here; there are {string.Join(", ", _asked.Distinct())}"));
        }
    }

    private YamlNode? Find(string key)
    {
        _asked.Add(key);
        if (_mapping is null || !_mapping.Children.TryGetValue(new YamlScalarNode(key), out var node)) return null;
        return node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } ? null : node;
    }

    private string? Scalar(string key, YamlNode node, string expected)
    {
        if (node is YamlScalarNode { Value: { } text }) return text;
        Error(key, $"must be {expected}");
        return null;
    }

    private float? Number(string key, YamlNode node, float minimum, float maximum)
    {
        if (Scalar(key, node, "a number") is not { } text) return null;
        bool parsed = float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value);
        if (parsed && value >= minimum && value <= maximum) return value;
        string range = minimum == float.MinValue ? "" : maximum == float.MaxValue ? $" of at least {minimum}" : $" from {minimum} to {maximum}";
        Error(key, string.Create(CultureInfo.InvariantCulture, $"must be a number{range}, not \"{text}\""));
        return null;
    }

    private int? WrongInteger(string key)
    {
        Error(key, "must be a list of whole numbers");
        return null;
    }

    private IReadOnlyList<T>? List<T>(string key, string expected, Func<YamlNode, T?> read)
    {
        if (Find(key) is not { } node) return null;
        if (node is not YamlSequenceNode sequence)
        {
            Error(key, $"must be {expected}");
            return null;
        }

        int before = _errors.Count;
        List<T> items = [];
        foreach (var child in sequence.Children)
            if (read(child) is { } item) items.Add(item);
        return _errors.Count == before ? items : null;
    }

    private static int Line(Mark mark) => checked((int)mark.Line);
}
