using System.Buffers;
using System.Buffers.Text;

namespace StreamInference.Files.Writing;

/// <summary>Appends UTF-8 text to a buffer.</summary>
internal static class TextAppending
{
    // The digits and the sign of a long.
    private const int MostDigits = 20;

    public static void Append(this ArrayBufferWriter<byte> text, byte code)
    {
        text.GetSpan(1)[0] = code;
        text.Advance(1);
    }

    public static void Append(this ArrayBufferWriter<byte> text, long number)
    {
        Utf8Formatter.TryFormat(number, text.GetSpan(MostDigits), out int written);
        text.Advance(written);
    }
}
