using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Descriptions;

/// <summary>Reads scalars as YAML 1.2's core schema does: a plain 1 is a number, a quoted "1" is a text.</summary>
internal static class YamlScalars
{
    internal static bool TryNumber(YamlScalarNode scalar, out double value)
    {
        value = 0;
        if (scalar.Style != ScalarStyle.Plain) return false;
        switch (scalar.Value)
        {
            case ".nan" or ".NaN" or ".NAN": value = double.NaN; return true;
            case ".inf" or "+.inf": value = double.PositiveInfinity; return true;
            case "-.inf": value = double.NegativeInfinity; return true;
            default:
                return double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
        }
    }

    internal static bool TryFlag(YamlScalarNode scalar, out bool value)
    {
        value = scalar.Value == "true";
        return scalar.Style == ScalarStyle.Plain && scalar.Value is "true" or "false";
    }
}
