using System.Globalization;
using System.Text;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary><c>StripAccents</c>: drops every combining mark (categories Mn, Mc, Me).</summary>
internal sealed class StripAccentsNormalizer : RuneRewriter
{
    protected override int Map(Rune rune, Span<char> replacement) => IsMark(rune) != OlderUnicode.Mark.Contains(rune.Value) ? 0 : -1;

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
