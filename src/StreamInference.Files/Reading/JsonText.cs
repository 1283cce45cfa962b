using System.Buffers;

namespace StreamInference.Files.Reading;

/// <summary>Writes JSON texts of UTF-8 bytes, and tells numbers from texts.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    /// <summary>Writes a quoted text.</summary>
    public static void Write(IBufferWriter<byte> into, ReadOnlySpan<byte> text)
    {
        Span<byte> to = into.GetSpan((text.Length * 6) + 2);
        to[0] = (byte)'"';
        int at = 1 + Escape(text, to[1..]);
        to[at++] = (byte)'"';
        into.Advance(at);
    }

    /// <summary>Whether <paramref name="text"/> is a number by JSON's grammar (RFC 8259, section 6).</summary>
    public static bool IsNumber(ReadOnlySpan<byte> text)
    {
        int at = text.StartsWith((byte)'-') ? 1 : 0;
        int whole = Digits(text, at);
        if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
        at += whole;
        if (at < text.Length && text[at] == '.')
        {
            int fraction = Digits(text, ++at);
            if (fraction == 0) return false;
            at += fraction;
        }

        if (at < text.Length && text[at] is (byte)'e' or (byte)'E')
        {
            at++;
            if (at < text.Length && text[at] is (byte)'+' or (byte)'-') at++;
            int exponent = Digits(text, at);
            if (exponent == 0) return false;
            at += exponent;
        }

        return at == text.Length;
    }

    private static int Digits(ReadOnlySpan<byte> text, int from)
    {
        int at = from;
        while (at < text.Length && (uint)(text[at] - '0') <= 9) at++;
        return at - from;
    }

    private static int Escape(ReadOnlySpan<byte> text, Span<byte> to)
    {
        int written = 0;
        while (true)
        {
            int plain = text.IndexOfAny(Escaped);
            if (plain < 0) plain = text.Length;
            text[..plain].CopyTo(to[written..]);
            written += plain;
            if (plain == text.Length) return written;
            written += EscapeOne(text[plain], to[written..]);
            text = text[(plain + 1)..];
        }
    }

    private static int EscapeOne(byte code, Span<byte> to)
    {
        to[0] = (byte)'\\';
        to[1] = code switch { (byte)'"' or (byte)'\\' => code, (byte)'\n' => (byte)'n', (byte)'\r' => (byte)'r', (byte)'\t' => (byte)'t', _ => (byte)'u' };
        if (to[1] != 'u') return 2;
        "00"u8.CopyTo(to[2..]);
        to[4] = (byte)('0' + (code >> 4));
        to[5] = (byte)"0123456789abcdef"[code & 15];
        return 6;
    }
}
