using System.Text;

namespace StreamInference.Llm.Tokenization.Text;

/// <summary>Writes each byte of the text's UTF-8 as one character of <see cref="ByteAlphabet"/>.</summary>
internal sealed class ByteAlphabetRewriter : RuneRewriter
{
    protected override int Map(Rune rune, Span<char> replacement)
    {
        if (rune.Value is > 0x20 and < 0x7F)
            return -1;
        Span<byte> bytes = stackalloc byte[4];
        int length = rune.EncodeToUtf8(bytes);
        for (int i = 0; i < length; i++)
            replacement[i] = ByteAlphabet.ToChar(bytes[i]);
        return length;
    }
}
