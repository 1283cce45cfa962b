using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamInference.Records;

/// <summary>
/// A text with places for fields of a JSON record: <c>{/pointer}</c> (RFC 6901), or <c>{/pointer:format}</c> with a .NET number format
/// (<c>0.00</c>, <c>0%</c>). <c>{{</c> and <c>}}</c> stand for braces. Rendering is a function of the record alone, in the invariant culture:
/// a replay gives the same text.
/// </summary>
public sealed class RecordTemplate
{
    private readonly Part[] _parts;

    private RecordTemplate(string source, Part[] parts) => (Source, _parts) = (source, parts);

    /// <summary>The template as it was written.</summary>
    public string Source { get; }

    /// <summary>Parses a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="template">The template, where the text is one.</param>
    /// <param name="error">Why it is none.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RecordTemplate? template, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<Part> parts = [];
        StringBuilder literal = new();
        (template, error) = (null, null);
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            bool isDoubled = at + 1 < text.Length && text[at + 1] == c;
            if (c is '{' or '}' && isDoubled) at++;
            else if (c == '}') error = $"a single }} at character {at + 1}; }}}} stands for a brace";
            else if (c == '{')
            {
                int end = text.IndexOf('}', at);
                Part? field = end < 0 ? null : Field(text[(at + 1)..end], out error);
                if (end < 0) error = $"{{ at character {at + 1} is not closed; {{{{ stands for a brace";
                if (error is not null) return false;
                if (literal.Length > 0) parts.Add(new Part(literal.ToString(), null, null));
                literal.Clear();
                parts.Add(field!);
                at = end;
                continue;
            }

            if (error is not null) return false;
            literal.Append(c);
        }

        if (literal.Length > 0) parts.Add(new Part(literal.ToString(), null, null));
        template = new RecordTemplate(text, [.. parts]);
        return true;
    }

    /// <summary>Parses a template that is known to be one.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static RecordTemplate Parse(string text) =>
        TryParse(text, out RecordTemplate? template, out string? error) ? template : throw new FormatException(error);

    /// <summary>Writes the text for <paramref name="record"/> into <paramref name="into"/>.</summary>
    /// <returns>Null, or why the record has no such text: a field is missing, or is no number where a format is.</returns>
    public RecordError? Render(JsonElement record, StringBuilder into)
    {
        ArgumentNullException.ThrowIfNull(into);
        foreach (Part part in _parts)
        {
            if (part.Path is null)
            {
                into.Append(part.Text);
                continue;
            }

            if (part.Path.Find(record) is not { ValueKind: not JsonValueKind.Null } value) return new RecordError(RecordErrorCodes.MissingField, $"{part.Path} is missing.");
            if (part.Format is null) into.Append(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
            else if (value.ValueKind != JsonValueKind.Number) return new RecordError(RecordErrorCodes.WrongType, $"{part.Path} must be a number.");
            else if (value.TryGetDecimal(out decimal exact)) into.Append(exact.ToString(part.Format, CultureInfo.InvariantCulture));
            else into.Append(value.GetDouble().ToString(part.Format, CultureInfo.InvariantCulture));
        }

        return null;
    }

    private static Part? Field(string text, out string? error)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string pointer = colon < 0 ? text : text[..colon];
        string? format = colon < 0 ? null : text[(colon + 1)..];
        error = JsonFieldPath.TryParse(pointer, out JsonFieldPath? path) ? null : $"{{{text}}} must begin with a JSON pointer, as in {{/field}}";
        if (error is null && format is not null && !IsNumberFormat(format)) error = $"{format} in {{{text}}} is no number format, as 0.00 or 0% are";
        return error is null ? new Part(text, path, format) : null;
    }

    private static bool IsNumberFormat(string format)
    {
        try
        {
            // A format without a place for a digit writes itself, whatever the number is.
            return format.Length > 0 && 0m.ToString(format, CultureInfo.InvariantCulture) != 1.25m.ToString(format, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private sealed record Part(string Text, JsonFieldPath? Path, string? Format);
}
