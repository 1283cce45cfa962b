using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamInference.Records;

/// <summary>What a condition says of a record.</summary>
public enum ConditionOutcome
{
    /// <summary>It holds.</summary>
    Holds,

    /// <summary>It does not hold, or the record has no such field.</summary>
    Fails,

    /// <summary>The value is no JSON as far as it was read.</summary>
    NotJson,
}

/// <summary>
/// A condition on one field of a JSON record: a JSON pointer (RFC 6901), one of <c>= != &gt; &gt;= &lt; &lt;= ~</c> (contains), and a value:
/// <c>/decision=decline</c>, <c>/score&gt;0.9</c>. Numbers compare as numbers where both sides are, else as texts.
/// </summary>
public sealed class FieldCondition
{
    // The longer first: ">=" must not be read as ">" and "=…".
    private static readonly string[] Operators = ["!=", ">=", "<=", "=", ">", "<", "~"];

    private readonly JsonFieldPath _path;
    private readonly string _operator;
    private readonly string _value;
    private readonly byte[] _utf8Value;
    private readonly double? _number;

    private FieldCondition(JsonFieldPath path, string @operator, string value)
    {
        _path = path;
        _operator = @operator;
        _value = value;
        _utf8Value = Encoding.UTF8.GetBytes(value);
        _number = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
    }

    /// <summary>Parses a condition.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out FieldCondition? condition)
    {
        ArgumentNullException.ThrowIfNull(text);
        condition = null;
        if (!text.StartsWith('/')) return false;
        int at = text.IndexOfAny(['!', '>', '<', '=', '~'], 1);
        // "~0" and "~1" are escapes of the pointer, not the operator.
        while (at >= 0 && text[at] == '~' && at + 1 < text.Length && text[at + 1] is '0' or '1') at = text.IndexOfAny(['!', '>', '<', '=', '~'], at + 2);
        if (at < 0 || Array.Find(Operators, o => text.AsSpan(at).StartsWith(o)) is not { } found) return false;
        if (!JsonFieldPath.TryParse(text[..at], out JsonFieldPath? path)) return false;
        condition = new FieldCondition(path, found, text[(at + found.Length)..]);
        return true;
    }

    /// <summary>Parses a condition that is known to be one.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static FieldCondition Parse(string text) => TryParse(text, out FieldCondition? condition) ? condition : throw new FormatException($"{text} is no condition.");

    /// <summary>Whether <paramref name="json"/> has the field and the condition holds. What lies behind the field is not read.</summary>
    public ConditionOutcome Evaluate(ReadOnlySpan<byte> json)
    {
        try
        {
            Utf8JsonReader reader = new(json);
            if (!_path.MoveTo(ref reader)) return ConditionOutcome.Fails;
            return Holds(ref reader) ? ConditionOutcome.Holds : ConditionOutcome.Fails;
        }
        catch (JsonException)
        {
            return ConditionOutcome.NotJson;
        }
    }

    private bool Holds(ref Utf8JsonReader reader)
    {
        // The commonest case, and the one on the hot path: a text that is equal or not.
        if (reader.TokenType == JsonTokenType.String && _operator is "=" or "!=" && _number is null) return reader.ValueTextEquals(_utf8Value) == (_operator == "=");
        string text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.StartObject or JsonTokenType.StartArray => JsonElement.ParseValue(ref reader).GetRawText(),
            _ => Encoding.UTF8.GetString(reader.ValueSpan),
        };
        if (_operator == "~") return text.Contains(_value, StringComparison.Ordinal);
        int order = _number is { } right && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double left)
            ? left.CompareTo(right)
            : string.CompareOrdinal(text, _value);
        return _operator switch
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
