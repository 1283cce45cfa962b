using System.Text;

namespace StreamInference.Llm.Tests.Tokenization;

/// <summary>Seeded random texts that go where tokenizers go wrong: scripts, marks, spaces, digits, contractions, emoji, controls, special tokens.</summary>
internal sealed class RandomTexts(ulong seed, IReadOnlyList<string> specials)
{
    private static readonly string[] Words =
    [
        "the", "The", "and", "ing", "hello", "don't", "I'M", "we'Ll", "it\u2019s", "\u017Fs", "'\u017F", "'S", "n't", "HTTPServer", "caf\u00e9", "e\u0301", "na\u00efve",
        "\u0130stanbul", "stra\u00dfe", "\u1e9e", "\ufb01", "\u03c2\u03a3", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u4f60\u597d", "\u65e5\u672c\u8a9e", "\ud55c\uad6d\uc5b4", "\u1112\u1161\u11ab", "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\u0645\u0631\u062d\u0628\u0627", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u212b", "\u2460", "\u00bd", "\u0663\u0664", "1234567", "3.14", "0x1F", "{\"a\": [1, 2]}", "//", "!=", "...", "\u2026", "\u3000", "\u2581", "\u2581\u2581a",
        "<0x41>", "##a", "</w>", "\U0001F600", "\U0001F468\u200d\U0001F469\u200d\U0001F467", "\U0001F1E9\U0001F1EA", "\U0001F130", "\U00020000", "\U0001D54F", "\U00010348", "\U0001E900", "\U00011F50",
        "\u200b", "\u200d", "\ufeff", "\u00ad", "\u0000", "\u0007", "\u007f", "\u0085", "\ufffd", "\ufffe", "\uffff", "\ue000", "\U000F0000", "\U0010FFFF", "\u180e",
    ];

    private static readonly string[] Spaces = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n", "\n ", "\u00a0", "\u2003", "\u2028", "\u3000", "      "];

    private ulong _state = seed;

    public string Next()
    {
        var text = new StringBuilder();
        for (int parts = Below(9); parts >= 0; parts--)
            AppendPart(text);
        return text.ToString();
    }

    private void AppendPart(StringBuilder text)
    {
        switch (Below(14))
        {
            case 0 or 1 or 2 or 3:
                text.Append(Words[Below(Words.Length)]);
                break;
            case 4 or 5 or 6:
                text.Append(Spaces[Below(Spaces.Length)]);
                break;
            case 7:
                Repeat(text, () => (char)(0x20 + Below(0x5F)));
                break;
            case 8:
                Repeat(text, () => (char)('a' + Below(26)));
                break;
            case 9:
                Repeat(text, () => (char)('0' + Below(10)));
                break;
            case 10:
                AppendScriptRun(text);
                break;
            case 11:
                text.Append(AnyRune().ToString());
                break;
            case 12:
                text.Append((char)('a' + Below(26))).Append((char)(0x300 + Below(0x70))).Append((char)(0x300 + Below(0x70)));
                break;
            default:
                text.Append(specials.Count > 0 ? specials[Below(specials.Count)] : "<|none|>");
                break;
        }
    }

    private void AppendScriptRun(StringBuilder text)
    {
        // A block of 128 code points: one script, with its marks, digits and gaps.
        int block = Below(0x300) * 128;
        for (int length = 1 + Below(6); length > 0; length--)
        {
            int codePoint = block + Below(128);
            text.Append(Rune.IsValid(codePoint) ? new Rune(codePoint).ToString() : "\ufffd");
        }
    }

    private Rune AnyRune()
    {
        int codePoint = Below(4) == 0 ? Below(0x110000) : Below(0x3000);
        return Rune.IsValid(codePoint) ? new Rune(codePoint) : Rune.ReplacementChar;
    }

    private void Repeat(StringBuilder text, Func<char> next)
    {
        for (int length = 1 + Below(8); length > 0; length--)
            text.Append(next());
    }

    private int Below(int bound)
    {
        // SplitMix64 (Steele, Lea, Flood 2014).
        ulong z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return (int)((z ^ (z >> 31)) % (ulong)bound);
    }
}
