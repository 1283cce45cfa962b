using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace StreamInference.Replay.Reports;

/// <summary>Finds members of results without parsing them: their names are known and the model writes them behind what it copies from the input.</summary>
internal static class ResultMembers
{
    /// <summary>What a member looks like in compact JSON: its name, quoted and escaped, and the colon.</summary>
    public static byte[] Pattern(string name) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(name, NameContext.Default.String) + ":");

    // Powers of ten that a double holds exactly.
    private static readonly double[] Tens = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>Reads a number.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> json, ReadOnlySpan<byte> pattern, out double number)
    {
        number = 0;
        int at = json.LastIndexOf(pattern);
        if (at < 0) return false;
        ReadOnlySpan<byte> text = json[(at + pattern.Length)..];
        return TryReadShortDecimal(text, out number) || (Utf8Parser.TryParse(text, out number, out _) && double.IsFinite(number));
    }

    // What scores look like, 0.0271 or 17: at most 15 digits over a power of ten is one exact division (Clinger, "How to Read Floating Point Numbers
    // Accurately", 1990), several times as fast as the general parser, which takes the rest.
    private static bool TryReadShortDecimal(ReadOnlySpan<byte> text, out double number)
    {
        long digits = 0;
        int decimals = -1, i = 0;
        for (; i < text.Length && i <= 16; i++)
        {
            int digit = text[i] - '0';
            if ((uint)digit <= 9)
            {
                digits = digits * 10 + digit;
                if (decimals >= 0) decimals++;
            }
            else if (text[i] == '.' && decimals < 0 && i > 0)
            {
                decimals = 0;
            }
            else
            {
                break;
            }
        }

        number = digits / Tens[Math.Max(0, decimals)];
        return i is > 0 and <= 15 && i < text.Length && text[i] is (byte)',' or (byte)'}';
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
