using System.Globalization;
using System.Text.Json;
using StreamInference.Onnx.Descriptions;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Vision.Description;

/// <summary>
/// A section of a description that may be missing: then every key has its default. Remembers the keys that were asked for, so that
/// <see cref="Finish"/> can report the others.
/// </summary>
internal sealed class YamlSection(YamlMap? map)
{
    private readonly List<string> _asked = [];

    /// <summary>Whether the key is there, with a value.</summary>
    public bool Has(string key) => Asked(key)?.Has(key) ?? false;

    /// <summary>Whether the key has a list.</summary>
    public bool IsList(string key) => Asked(key)?.Node(key) is YamlSequenceNode;

    /// <summary>A text; null when the key is missing or wrong.</summary>
    public string? Text(string key) => Asked(key)?.Text(key);

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string key) => Asked(key)?.RequiredText(key) ?? "";

    /// <summary>A whole number; null when the key is missing or wrong.</summary>
    public int? Integer(string key, int minimum, int maximum) => Asked(key)?.Integer(key, minimum, maximum);

    /// <summary>True or false; null when the key is missing.</summary>
    public bool? Flag(string key) => Has(key) ? map!.Flag(key) : null;

    /// <summary>A number; null when the key is missing or wrong.</summary>
    public float? Number(string key, float minimum = float.MinValue, float maximum = float.MaxValue)
    {
        if (Asked(key)?.Number(key) is not { } value) return null;
        if (value >= minimum && value <= maximum) return (float)value;
        Error(key, Range(minimum, maximum));
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
        if (Text(key) is not { } text) return null;
        if (names.Contains(text)) return text;
        Error(key, $"must be one of {string.Join(", ", names)}, not '{text}'");
        return null;
    }

    /// <summary>A list of texts; null when the key is missing.</summary>
    public IReadOnlyList<string>? Texts(string key) => Has(key) ? [.. map!.Scalars(key).Select(scalar => scalar.Value ?? "")] : null;

    /// <summary>A list of whole numbers; null when the key is missing or wrong.</summary>
    public IReadOnlyList<int>? Integers(string key, int minimum, int maximum)
    {
        if (!Has(key)) return null;
        List<int> values = [];
        foreach (var scalar in map!.Scalars(key))
        {
            if (YamlScalars.TryNumber(scalar, out double value) && value == Math.Floor(value) && value >= minimum && value <= maximum) values.Add((int)value);
            else Error(key, string.Create(CultureInfo.InvariantCulture, $"must be a list of whole numbers from {minimum} to {maximum}"));
        }

        return values.Count > 0 ? values : null;
    }

    /// <summary>A number for each channel, or one for all of them; null when the key is missing or wrong.</summary>
    public IReadOnlyList<float>? Numbers(string key, int channels)
    {
        if (!Has(key)) return null;
        List<float> values = [];
        foreach (var scalar in map!.Scalars(key))
        {
            if (YamlScalars.TryNumber(scalar, out double value) && double.IsFinite(value)) values.Add((float)value);
            else Error(key, "must be a number, or a list of numbers with one for each channel");
        }

        if (values.Count == channels) return values;
        if (values.Count == 1) return [.. Enumerable.Repeat(values[0], channels)];
        Error(key, string.Create(CultureInfo.InvariantCulture, $"must have {channels} numbers, one for each channel, not {values.Count}"));
        return null;
    }

    /// <summary>A section of its own; one without keys when it is missing or wrong.</summary>
    public YamlSection Section(string key) => new(Asked(key)?.Map(key));

    /// <summary>A section that others read; null when it is missing or wrong.</summary>
    public YamlMap? Map(string key) => Asked(key)?.Map(key);

    /// <summary>Notes an error at a key.</summary>
    public void Error(string key, string message) => map?.Error(key, message);

    /// <summary>Notes the keys that nothing asked for.</summary>
    public void Finish() => map?.Allow([.. _asked.Distinct()]);

    private YamlMap? Asked(string key)
    {
        _asked.Add(key);
        return map;
    }

    private static string Range(float minimum, float maximum) => maximum == float.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"must be a number of at least {minimum}")
        : string.Create(CultureInfo.InvariantCulture, $"must be a number from {minimum} to {maximum}");
}
