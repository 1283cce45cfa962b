using System.Globalization;
using System.Text.Json;

namespace StreamInference.Cli.Tailing;

/// <summary>JSON pointers (RFC 6901) over parsed values.</summary>
internal static class JsonPointer
{
    /// <summary>The steps of a pointer: <c>/a/b~1c</c> → a, b/c.</summary>
    public static string[] Parse(string pointer) =>
        [.. pointer.Split('/').Skip(1).Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    /// <summary>The value at the end of the steps; null where there is none.</summary>
    public static JsonElement? Find(JsonElement value, string[] path)
    {
        foreach (string step in path)
        {
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(step, out JsonElement field)) value = field;
            else if (value.ValueKind == JsonValueKind.Array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < value.GetArrayLength()) value = value[index];
            else return null;
        }

        return value;
    }
}
