using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace StreamInference.Replay.Reports;

/// <summary>Finds members of results without parsing them: their names are known and the model writes them behind what it copies from the input.</summary>
internal static class ResultMembers
{
    /// <summary>What a member looks like in compact JSON: its name, quoted and escaped, and the colon.</summary>
    public static byte[] Pattern(string name) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(name, NameContext.Default.String) + ":");

    /// <summary>Reads a number.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> json, ReadOnlySpan<byte> pattern, out double number)
    {
        number = 0;
        int at = json.LastIndexOf(pattern);
        return at >= 0 && Utf8Parser.TryParse(json[(at + pattern.Length)..], out number, out _) && double.IsFinite(number);
    }

    /// <summary>Reads a text as it stands, escapes included.</summary>
    public static bool TryReadText(ReadOnlySpan<byte> json, ReadOnlySpan<byte> pattern, out ReadOnlySpan<byte> text)
    {
        text = default;
        int at = json.LastIndexOf(pattern);
        if (at < 0) return false;
        ReadOnlySpan<byte> rest = json[(at + pattern.Length)..];
        if (rest.IsEmpty || rest[0] != '"') return false;
        rest = rest[1..];
        int end = rest.IndexOf((byte)'"');
        // Labels are names of classes and decisions; one with an escaped quote is left out rather than cut.
        if (end < 0 || (end > 0 && rest[end - 1] == '\\')) return false;
        text = rest[..end];
        return true;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class NameContext : System.Text.Json.Serialization.JsonSerializerContext;
