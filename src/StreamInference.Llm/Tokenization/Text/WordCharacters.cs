using System.Globalization;
using System.Text;

namespace StreamInference.Llm.Tokenization.Text;

/// <summary>
/// The class <c>\w</c> of Unicode TR18 (Alphabetic, marks, decimal digits, connectors, join controls), which the reference implementation
/// means by "word"; .NET's own <c>\w</c> is narrower.
/// </summary>
internal static class WordCharacters
{
    /// <summary>The class as a character set for a .NET pattern, to be put inside brackets.</summary>
    public const string PatternClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200c\u200d\u24b6-\u24e9";

    public static bool Contains(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter => true,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => rune.Value is 0x200C or 0x200D || IsAlphabeticSymbol(rune.Value),
    };

    /// <summary>Circled and squared letters: symbols by category, alphabetic by property.</summary>
    public static bool IsAlphabeticSymbol(int codePoint) =>
        codePoint is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
