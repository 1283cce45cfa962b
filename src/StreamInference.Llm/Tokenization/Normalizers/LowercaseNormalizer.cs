using System.Text;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary><c>Lowercase</c>: the full lower-case mapping of each code point by itself (no final sigma).</summary>
internal sealed class LowercaseNormalizer : RuneRewriter
{
    protected override int Map(Rune rune, Span<char> replacement) => MapRune(rune, replacement);

    internal static int MapRune(Rune rune, Span<char> replacement)
    {
        // The only code point whose lower case is two code points.
        if (rune.Value == 0x130)
        {
            "i\u0307".CopyTo(replacement);
            return 2;
        }

        int lower = NewerMapping(rune.Value);
        var mapped = lower != 0 ? new Rune(lower) : Rune.ToLowerInvariant(rune);
        return mapped == rune ? -1 : mapped.EncodeToUtf16(replacement);
    }

    // Letters of Unicode 16 and 17 whose mapping the runtime's tables do not have yet; 0 for all others.
    private static int NewerMapping(int codePoint) => codePoint switch
    {
        < 0x1C89 => 0,
        0x1C89 => 0x1C8A,
        0xA7CB => 0x264,
        0xA7CC or 0xA7CE or 0xA7D2 or 0xA7D4 or 0xA7DA => codePoint + 1,
        0xA7DC => 0x19B,
        >= 0x10D50 and <= 0x10D65 => codePoint + 0x20,
        >= 0x16EA0 and <= 0x16EB8 => codePoint + 0x1B,
        _ => 0,
    };
}
