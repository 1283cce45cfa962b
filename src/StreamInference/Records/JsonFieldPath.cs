using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamInference.Records;

/// <summary>A JSON pointer (RFC 6901) to a field of a record.</summary>
public sealed class JsonFieldPath
{
    private readonly string _pointer;
    private readonly string[] _steps;
    private readonly byte[][] _utf8Steps;

    private JsonFieldPath(string pointer)
    {
        _pointer = pointer;
        _steps = [.. pointer.Split('/').Skip(1).Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        _utf8Steps = [.. _steps.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>Parses a pointer to a field; the pointer to the whole record ("") is none.</summary>
    public static bool TryParse(string pointer, [NotNullWhen(true)] out JsonFieldPath? path)
    {
        path = pointer is ['/', _, ..] && !HasBareTilde(pointer) ? new JsonFieldPath(pointer) : null;
        return path is not null;
    }

    /// <summary>Parses a pointer that is known to be one.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static JsonFieldPath Parse(string pointer) => TryParse(pointer, out JsonFieldPath? path) ? path : throw new FormatException($"{pointer} is no JSON pointer to a field.");

    /// <summary>The value at the end of the steps; null where there is none.</summary>
    public JsonElement? Find(JsonElement value)
    {
        foreach (string step in _steps)
        {
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(step, out JsonElement field)) value = field;
            else if (value.ValueKind == JsonValueKind.Array && IndexOf(step) is { } index && index < value.GetArrayLength()) value = value[index];
            else return null;
        }

        return value;
    }

    /// <summary>
    /// Moves <paramref name="reader"/>, which has read nothing yet, to the value at the end of the steps, and allocates nothing. What lies behind the value is not read.
    /// </summary>
    /// <returns>False when the record has no such value.</returns>
    /// <exception cref="JsonException">The record is no JSON.</exception>
    public bool MoveTo(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) return false;
        for (int step = 0; step < _steps.Length; step++)
        {
            bool found = reader.TokenType switch
            {
                JsonTokenType.StartObject => MoveToProperty(ref reader, _utf8Steps[step]),
                JsonTokenType.StartArray => IndexOf(_steps[step]) is { } index && MoveToItem(ref reader, index),
                _ => false,
            };
            if (!found) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => _pointer;

    private static bool MoveToProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt) return true;
            reader.Skip();
        }

        return false;
    }

    private static bool MoveToItem(ref Utf8JsonReader reader, int index)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (index-- == 0) return true;
            reader.Skip();
        }

        return false;
    }

    private static int? IndexOf(string step) => int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;

    private static bool HasBareTilde(string pointer)
    {
        for (int at = pointer.IndexOf('~', StringComparison.Ordinal); at >= 0; at = pointer.IndexOf('~', at + 1))
            if (at + 1 >= pointer.Length || pointer[at + 1] is not ('0' or '1')) return true;
        return false;
    }
}
