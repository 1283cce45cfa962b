using System.Globalization;
using System.Text;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.PreTokenizers;

/// <summary>
/// Text in which each code point is one UTF-16 unit, for .NET's regular expressions, which look at units: a code point above U+FFFF is
/// replaced by a stand-in of its category. Ranges of the shadow map back to ranges of the text.
/// </summary>
internal sealed class ShadowText
{
    // One rarely used character for each value of UnicodeCategory, in its order, so that literal ranges of real patterns do not hit it.
    private const string StandIns =
        "\u2C00\u2C30\u1F88\uA4F8\uA4D0\uA802\uA823\uA670\uA8D0\u16EE\uA830\u2003\u2028\u2029\u0001\u206A\uFFFD\uE000" +
        "\uFE33\u2E17\u2E22\u2E23\u2E02\u2E03\uA8CE\u2A00\uA838\uA700\uA828\uFFFF";

    private const char AlphabeticSymbol = '\u24B6';

    private char[] _text = [];
    private int[] _starts = [];
    private int _length;

    public ReadOnlySpan<char> Text => _text.AsSpan(0, _length);

    /// <summary>The index in the original text of the code point at <paramref name="index"/> of the shadow; its length maps to the text's length.</summary>
    public int Original(int index) => _starts[index];

    public void Build(ReadOnlySpan<char> text, CategoryTables tables)
    {
        if (_text.Length < text.Length)
        {
            _text = new char[Math.Max(text.Length, _text.Length * 2)];
            _starts = new int[_text.Length + 1];
        }

        _length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            _starts[_length] = i;
            _text[_length++] = char.IsHighSurrogate(text[i]) ? StandIn(new Rune(text[i], text[++i]), tables) : text[i];
        }

        _starts[_length] = text.Length;
    }

    private static char StandIn(Rune rune, CategoryTables tables)
    {
        if (WordCharacters.IsAlphabeticSymbol(rune.Value))
            return AlphabeticSymbol;
        var category = Rune.GetUnicodeCategory(rune);
        if (tables == CategoryTables.OlderPunctuation && OlderUnicode.Punctuation.Contains(rune.Value))
            category = IsPunctuation(category) ? UnicodeCategory.OtherSymbol : UnicodeCategory.OtherPunctuation;
        if (tables == CategoryTables.NewerNumbers && OlderUnicode.Number.Contains(rune.Value))
            category = UnicodeCategory.DecimalDigitNumber;
        return StandIns[(int)category];
    }

    internal static bool IsPunctuation(UnicodeCategory category) =>
        category is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}

/// <summary>Whose categories a pattern is matched against.</summary>
internal enum CategoryTables
{
    /// <summary>The runtime's.</summary>
    Runtime,

    /// <summary>The runtime's, but an older Unicode's for punctuation.</summary>
    OlderPunctuation,

    /// <summary>The runtime's, but a newer Unicode's for numbers.</summary>
    NewerNumbers,
}
