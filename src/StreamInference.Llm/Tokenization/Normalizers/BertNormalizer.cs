using System.Globalization;
using System.Text;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary>The first half of <c>BertNormalizer</c>: drops control characters, makes every whitespace a space, isolates Chinese characters.</summary>
internal sealed class BertCleaner(bool cleanText, bool isolateChinese) : RuneRewriter
{
    protected override int Map(Rune rune, Span<char> replacement)
    {
        if (cleanText)
        {
            if (IsDropped(rune))
                return 0;
            if (Rune.IsWhiteSpace(rune))
            {
                replacement[0] = ' ';
                return rune.Value == ' ' ? -1 : 1;
            }
        }

        if (!isolateChinese || !IsChinese(rune.Value))
            return -1;
        replacement[0] = ' ';
        int length = rune.EncodeToUtf16(replacement[1..]);
        replacement[length + 1] = ' ';
        return length + 2;
    }

    private static bool IsDropped(Rune rune) =>
        rune.Value is 0 or 0xFFFD || (rune.Value is not ('\t' or '\n' or '\r') && IsOther(rune));

    private static bool IsOther(Rune rune) => OlderUnicode.Other.Contains(rune.Value) != (
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse);

    // BERT's own list of blocks, copied by every implementation, its gap at 2B820 included.
    private static bool IsChinese(int codePoint) => codePoint is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}

/// <summary>The accent rule of <c>BertNormalizer</c>, after NFD: drops nonspacing marks only.</summary>
internal sealed class BertAccentStripper : RuneRewriter
{
    protected override int Map(Rune rune, Span<char> replacement) =>
        OlderUnicode.NonspacingMark.Contains(rune.Value) != (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark) ? 0 : -1;
}
