using System.Text.Json;

namespace StreamInference.Onnx.Language;

/// <summary>Reading configuration files: what is absent or null is null.</summary>
internal static class Json
{
    private const long MaxBytes = 16 << 20;

    public static JsonDocument Open(string path)
    {
        if (new FileInfo(path).Length > MaxBytes) throw new JsonException($"{path} is larger than {MaxBytes} bytes.");
        return JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    public static string? Text(JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static int? Integer(JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    public static double? Number(JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    public static bool? Boolean(JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    /// <summary>A number or a list of numbers.</summary>
    public static IReadOnlyList<int> Integers(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out JsonElement value)) return [];
        if (value.ValueKind == JsonValueKind.Number) return [value.GetInt32()];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetInt32())] : [];
    }
}
