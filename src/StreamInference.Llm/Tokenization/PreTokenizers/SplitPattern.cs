using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.PreTokenizers;

/// <summary>The patterns that pre-tokenizers split on, as .NET regular expressions.</summary>
internal static class SplitPattern
{
    /// <summary>GPT-2's pattern, the default of the ByteLevel pre-tokenizer.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>The pattern of the Whitespace pre-tokenizer.</summary>
    public const string Words = "[" + WordCharacters.PatternClass + "]+|[^" + WordCharacters.PatternClass + @"\s]+";

    /// <summary>Punctuation as BERT means it: every ASCII symbol and category P, by the reference implementation's tables.</summary>
    public static string Punctuation { get; } = BuildPunctuation();

    /// <summary>Reads a <c>pattern</c> object: a literal string or a regular expression.</summary>
    public static Regex Read(JsonCursor pattern) => pattern.TryGet("String", out var literal)
        ? Compile(Regex.Escape(literal.Text()))
        : CompileRegex(pattern.Get("Regex"));

    /// <summary>Compiles a pattern of the file's dialect (Oniguruma, Ruby syntax).</summary>
    public static Regex CompileRegex(JsonCursor pattern)
    {
        try
        {
            return Compile(ToDotNet(pattern.Text()));
        }
        catch (ArgumentException broken)
        {
            throw new TokenizerFormatException($"{pattern.Path}: the pattern cannot be used: {broken.Message}", broken);
        }
    }

    // Ruby's ^ and $ are always line anchors.
    public static Regex Compile(string pattern) => new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline);

    // Oniguruma folds the long s to s, .NET does not; every family writes its contractions in this form.
    private static string ToDotNet(string pattern) => pattern.Replace("(?i:'s|", "(?i:'s|'\u017f|", StringComparison.Ordinal);

    private static string BuildPunctuation()
    {
        var included = new StringBuilder();
        var excluded = new StringBuilder();
        var bounds = OlderUnicode.Punctuation.Bounds;
        for (int i = 0; i < bounds.Length && bounds[i + 1] < 0x10000; i += 2)
        {
            for (int c = bounds[i]; c <= bounds[i + 1]; c++)
                (ShadowText.IsPunctuation(char.GetUnicodeCategory((char)c)) ? excluded : included).Append(CultureInfo.InvariantCulture, $"\\u{c:x4}");
        }

        return $@"[{included}!-/:-@\[-`{{-~]|[\p{{P}}-[{excluded}]]";
    }
}
