using System.Text.Json;

namespace StreamInference.Replay.Diff;

/// <summary>A field of JSON values, by JSON pointer (RFC 6901) over members of objects.</summary>
internal sealed class JsonField(string pointer)
{
    private readonly string[] _path =
        [.. pointer[1..].Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    /// <summary>The field's value; null where there is none, or a null.</summary>
    public JsonElement? Find(JsonElement value)
    {
        foreach (string name in _path)
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value)) return null;
        return value.ValueKind == JsonValueKind.Null ? null : value;
    }

    /// <summary>The field as a text: what a text says, or how another value is written.</summary>
    public string? Text(JsonElement value) => Find(value) is { } found ? found.ValueKind == JsonValueKind.String ? found.GetString() : found.GetRawText() : null;

    /// <summary>The field as a finite number.</summary>
    public double? Number(JsonElement value) =>
        Find(value) is { ValueKind: JsonValueKind.Number } found && found.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;
}
