using System.Text.Json;
using StreamInference.Records;

namespace StreamInference.Replay.Diff;

/// <summary>What a field of a JSON value says, as a comparison looks at it.</summary>
internal sealed class JsonField(string pointer)
{
    private readonly JsonFieldPath _path = JsonFieldPath.Parse(pointer);

    /// <summary>The field as a text: what a text says, or how another value is written; null where there is none, or a null.</summary>
    public string? Text(JsonElement value) => _path.Find(value) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => other.GetRawText(),
    };

    /// <summary>The field as a finite number.</summary>
    public double? Number(JsonElement value) =>
        _path.Find(value) is { ValueKind: JsonValueKind.Number } found && found.TryGetDouble(out double number) && double.IsFinite(number) ? number : null;
}
