using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Descriptions;

/// <summary>
/// Reads one mapping of a description: typed access by key that reports a mistake, with its line, and goes on. A key that no one asks for is a
/// mistake too.
/// </summary>
internal sealed class YamlMap
{
    private readonly YamlMappingNode _node;
    private readonly DescriptionErrors _errors;

    internal YamlMap(YamlMappingNode node, string path, DescriptionErrors errors)
    {
        _node = node;
        Path = path;
        _errors = errors;
    }

    internal string Path { get; }

    internal Mark Start => _node.Start;

    internal IEnumerable<string> Keys => _node.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "");

    internal bool Has(string key) => Node(key) is not null;

    internal YamlNode? Node(string key) => _node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) && !IsNull(value) ? value : null;

    internal string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    internal void Error(string key, string message) => _errors.Add(Node(key)?.Start ?? Start, PathOf(key), message);

    /// <summary>Reports every key that is not in <paramref name="known"/>.</summary>
    internal void Allow(IReadOnlyCollection<string> known)
    {
        foreach ((YamlNode key, _) in _node.Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (!known.Contains(name)) _errors.Add(key.Start, PathOf(name), $"is not a key here; known are {string.Join(", ", known)}");
        }
    }

    internal string? Text(string key)
    {
        if (Node(key) is not { } node) return null;
        if (node is YamlScalarNode { Value: { Length: > 0 } text }) return text;
        Error(key, "must be a text");
        return null;
    }

    internal string RequiredText(string key)
    {
        if (Text(key) is { } text) return text;
        if (!Has(key)) Error(key, "is missing");
        return "";
    }

    internal int? Integer(string key, int minimum, int maximum)
    {
        if (Node(key) is not { } node) return null;
        if (node is YamlScalarNode scalar && int.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            && value >= minimum && value <= maximum) return value;
        Error(key, $"must be a whole number from {minimum} to {maximum}");
        return null;
    }

    internal double? Number(string key)
    {
        if (Node(key) is not { } node) return null;
        if (node is YamlScalarNode scalar && YamlScalars.TryNumber(scalar, out double value)) return value;
        Error(key, "must be a number");
        return null;
    }

    internal double RequiredNumber(string key)
    {
        if (!Has(key)) Error(key, "is missing");
        return Number(key) ?? 0;
    }

    internal bool Flag(string key)
    {
        if (Node(key) is not { } node) return false;
        switch ((node as YamlScalarNode)?.Value)
        {
            case "true": return true;
            case "false": return false;
            default:
                Error(key, "must be true or false");
                return false;
        }
    }

    internal YamlMap? Map(string key)
    {
        if (Node(key) is not { } node) return null;
        if (node is YamlMappingNode map) return new YamlMap(map, PathOf(key), _errors);
        Error(key, "must be a mapping");
        return null;
    }

    /// <summary>The mappings of a list; empty when the key is missing.</summary>
    internal IReadOnlyList<YamlMap> Maps(string key)
    {
        List<YamlMap> maps = [];
        foreach ((YamlNode node, string path) in Items(key))
        {
            if (node is YamlMappingNode map) maps.Add(new YamlMap(map, path, _errors));
            else _errors.Add(node.Start, path, "must be a mapping");
        }

        return maps;
    }

    /// <summary>The scalars of a list; a single scalar counts as a list of one.</summary>
    internal IReadOnlyList<YamlScalarNode> Scalars(string key)
    {
        if (Node(key) is YamlScalarNode single) return [single];
        List<YamlScalarNode> scalars = [];
        foreach ((YamlNode node, string path) in Items(key))
        {
            if (node is YamlScalarNode scalar) scalars.Add(scalar);
            else _errors.Add(node.Start, path, "must be a single value");
        }

        return scalars;
    }

    /// <summary>The items of a list with their paths; empty when the key is missing.</summary>
    internal IEnumerable<(YamlNode Node, string Path)> Items(string key)
    {
        if (Node(key) is not { } node) return [];
        if (node is YamlSequenceNode list) return list.Children.Select((item, index) => (item, $"{PathOf(key)}[{index}]"));
        Error(key, "must be a list");
        return [];
    }

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" };
}
