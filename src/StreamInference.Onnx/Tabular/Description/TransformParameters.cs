using System.Globalization;
using StreamInference.Onnx.Descriptions;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Tabular;

/// <summary>The parameters of one transform for one field of a list: a number, or a list of numbers of which the field takes its own.</summary>
internal readonly struct TransformParameters(YamlMap map, int index, int count)
{
    internal double Number(string key)
    {
        if (map.Node(key) is not YamlSequenceNode list) return map.RequiredNumber(key);
        if (list.Children.Count != count)
        {
            if (index == 0) map.Error(key, $"has {list.Children.Count} numbers for {count} fields");
            return 1;
        }

        if (list.Children[index] is YamlScalarNode scalar && YamlScalars.TryNumber(scalar, out double value)) return value;
        map.Error(key, $"must be numbers; item {(index + 1).ToString(CultureInfo.InvariantCulture)} is none");
        return 1;
    }

    internal double NonZero(string key)
    {
        double value = Number(key);
        if (value == 0 && map.Has(key)) map.Error(key, "must not be 0");
        return value;
    }

    internal double Positive(string key)
    {
        double value = Number(key);
        if (!(value > 0) && map.Has(key)) map.Error(key, "must be greater than 0");
        return value;
    }

    internal (double Min, double Max) Range()
    {
        double min = Number("min");
        double max = Number("max");
        if (!(max > min) && map.Has("min") && map.Has("max")) map.Error("max", "must be greater than min");
        return (min, max);
    }

    internal double? OptionalNumber(string key) => map.Number(key);

    internal bool Flag(string key) => map.Flag(key);

    /// <summary>Whether <c>unknown: ignore</c> stands there.</summary>
    internal bool Ignore(string key)
    {
        if (map.Text(key) is not { } text) return false;
        if (text != "ignore") map.Error(key, "can only be ignore; use unknown_bucket: true for a column of its own");
        else if (map.Flag("unknown_bucket")) map.Error(key, "stands beside unknown_bucket; use one of them");
        return true;
    }

    internal IReadOnlyList<JsonScalar> Values()
    {
        IReadOnlyList<YamlScalarNode> nodes = map.Scalars("values");
        if (nodes.Count == 0) map.Error("values", map.Has("values") ? "must have at least one value" : "is missing");
        List<JsonScalar> values = [.. nodes.Select(ScalarOf)];
        if (values.Distinct().Count() != values.Count) map.Error("values", "has a value twice");
        return values;
    }

    internal static JsonScalar ScalarOf(YamlScalarNode node)
    {
        if (YamlScalars.TryNumber(node, out double number)) return new JsonScalar.Number(number);
        if (YamlScalars.TryFlag(node, out bool flag)) return new JsonScalar.Flag(flag);
        return new JsonScalar.Text(node.Value ?? "");
    }
}
