using System.Globalization;
using System.Text.Json;

namespace StreamInference.Cli.Tailing;

/// <summary>A condition on one field of a JSON value: a JSON pointer (RFC 6901), an operator, a value.</summary>
internal sealed record FieldFilter(string[] Path, string Operator, string Value)
{
    // The longer first: ">=" must not be read as ">" and "=…".
    private static readonly string[] Operators = ["!=", ">=", "<=", "=", ">", "<", "~"];

    /// <summary>Parses <c>/field=value</c>; null when it is none.</summary>
    public static FieldFilter? Parse(string text)
    {
        if (!text.StartsWith('/')) return null;
        int at = text.IndexOfAny(['!', '>', '<', '=', '~'], 1);
        // "~0" and "~1" are escapes of the pointer, not the operator.
        while (at >= 0 && text[at] == '~' && at + 1 < text.Length && text[at + 1] is '0' or '1') at = text.IndexOfAny(['!', '>', '<', '=', '~'], at + 2);
        if (at < 0 || Array.Find(Operators, o => text.AsSpan(at).StartsWith(o)) is not { } found) return null;
        return new FieldFilter(JsonPointer.Parse(text[..at]), found, text[(at + found.Length)..]);
    }

    /// <summary>Whether the value has the field and the condition holds. Numbers compare as numbers where both sides are, else as texts.</summary>
    public bool Accepts(JsonElement value)
    {
        if (JsonPointer.Find(value, Path) is not { } field) return false;
        string text = field.ValueKind == JsonValueKind.String ? field.GetString()! : field.GetRawText();
        if (Operator == "~") return text.Contains(Value, StringComparison.Ordinal);
        bool areNumbers = double.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double right)
            & double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double left);
        int order = areNumbers ? left.CompareTo(right) : string.CompareOrdinal(text, Value);
        return Operator switch
        {
            "=" => order == 0,
            "!=" => order != 0,
            ">" => order > 0,
            ">=" => order >= 0,
            "<" => order < 0,
            _ => order <= 0,
        };
    }
}
