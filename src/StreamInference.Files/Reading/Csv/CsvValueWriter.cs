namespace StreamInference.Files.Reading.Csv;

/// <summary>Writes the field of a CSV row as a JSON value. Numbers are copied, never parsed: a score must not depend on a detour.</summary>
internal sealed class CsvValueWriter
{
    private byte[] _unescaped = new byte[256];

    public void Write(ReadOnlySpan<byte> bytes, in CsvField field, RowBlock into)
    {
        ReadOnlySpan<byte> text = bytes.Slice(field.Start, field.Length);
        if (field.IsQuoted)
        {
            JsonText.Write(into, field.HasEscapes ? Unescape(text) : text);
            return;
        }

        ReadOnlySpan<byte> bare = text.Trim(" \t"u8);
        if (bare.IsEmpty) Copy("null"u8, into);
        else if ((uint)(bare[0] - '+') <= '9' - '+' && WriteNumber(bare, into)) return;
        else if (IsBoolean(bare, out ReadOnlySpan<byte> value)) Copy(value, into);
        else JsonText.Write(into, text);
    }

    private static bool WriteNumber(ReadOnlySpan<byte> text, RowBlock into)
    {
        if (JsonText.IsNumber(text))
        {
            Copy(text, into);
            return true;
        }

        // What other programs write of the same digits: +5, .5, -.5, 5.
        Span<byte> repaired = stackalloc byte[40];
        if (text.Length > repaired.Length - 3) return false;
        int at = 0;
        if (text[0] is (byte)'+' or (byte)'-')
        {
            if (text[0] == '-') repaired[at++] = (byte)'-';
            text = text[1..];
        }

        if (text.StartsWith((byte)'.')) repaired[at++] = (byte)'0';
        text.CopyTo(repaired[at..]);
        at += text.Length;
        if (text.EndsWith((byte)'.')) repaired[at++] = (byte)'0';
        if (!JsonText.IsNumber(repaired[..at])) return false;
        Copy(repaired[..at], into);
        return true;
    }

    private static bool IsBoolean(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> value)
    {
        // pandas writes True, R writes TRUE, JSON true.
        bool isTrue = text.SequenceEqual("true"u8) || text.SequenceEqual("True"u8) || text.SequenceEqual("TRUE"u8);
        bool isFalse = text.SequenceEqual("false"u8) || text.SequenceEqual("False"u8) || text.SequenceEqual("FALSE"u8);
        value = isTrue ? "true"u8 : "false"u8;
        return isTrue || isFalse;
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> text)
    {
        if (_unescaped.Length < text.Length) _unescaped = new byte[text.Length * 2];
        int at = 0;
        for (int i = 0; i < text.Length; i++)
        {
            _unescaped[at++] = text[i];
            if (text[i] == '"') i++;
        }

        return _unescaped.AsSpan(0, at);
    }

    private static void Copy(ReadOnlySpan<byte> value, RowBlock into)
    {
        value.CopyTo(into.GetSpan(value.Length));
        into.Advance(value.Length);
    }
}
