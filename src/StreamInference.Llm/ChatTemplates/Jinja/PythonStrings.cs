using System.Buffers;
using System.Globalization;
using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Strings as Python sees them: sequences of code points.</summary>
internal static class PythonStrings
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");

    public static IEnumerable<string> Characters(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            int length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            yield return text.Substring(i, length);
            i += length;
        }
    }

    public static int Length(string text)
    {
        int length = text.Length;
        for (int i = 0; i + 1 < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && char.IsLowSurrogate(text[i + 1]))
                length--;
        }

        return length;
    }

    public static string Trim(string text, string? characters, bool left, bool right)
    {
        int start = 0;
        int end = text.Length;
        bool Dropped(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
        while (left && start < end && Dropped(text[start]))
            start++;
        while (right && end > start && Dropped(text[end - 1]))
            end--;
        return text[start..end];
    }

    /// <summary><c>str.split</c> and <c>str.rsplit</c>; without a separator, on runs of whitespace.</summary>
    public static List<object?> Split(string text, string? separator, int limit, bool fromRight)
    {
        if (separator is null)
            return SplitOnSpaces(text, limit, fromRight);
        if (separator.Length == 0)
            throw TemplateException.Failed("split needs a separator that is not empty");
        if (limit < 0)
            return [.. text.Split(separator)];
        if (!fromRight)
            return [.. text.Split(separator, Math.Max(1, limit == int.MaxValue ? limit : limit + 1))];
        var parts = new List<object?>();
        for (; limit > 0; limit--)
        {
            int at = text.LastIndexOf(separator, StringComparison.Ordinal);
            if (at < 0)
                break;
            parts.Insert(0, text[(at + separator.Length)..]);
            text = text[..at];
        }

        parts.Insert(0, text);
        return parts;
    }

    public static List<object?> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        for (int start = 0; start < text.Length;)
        {
            int end = text.AsSpan(start).IndexOfAny(LineEnds);
            if (end < 0)
            {
                lines.Add(text[start..]);
                break;
            }

            end += start;
            int next = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    public static string Capitalize(string text)
    {
        string first = Characters(text).FirstOrDefault("");
        return first.ToUpperInvariant() + text[first.Length..].ToLowerInvariant();
    }

    /// <summary><c>str.title</c>: a letter after anything that is not a letter is upper case.</summary>
    public static string Title(string text, Func<char, bool> continuesWord)
    {
        var title = new StringBuilder(text.Length);
        bool inWord = false;
        foreach (char c in text)
        {
            title.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = continuesWord(c);
        }

        return title.ToString();
    }

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    public static bool IsAll(string text, Func<Rune, bool> test) => text.Length > 0 && text.EnumerateRunes().All(test);

    public static bool IsUpper(string text) => HasCase(text, UnicodeCategory.LowercaseLetter, UnicodeCategory.UppercaseLetter);

    public static bool IsLower(string text) => HasCase(text, UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter);

    private static bool HasCase(string text, UnicodeCategory none, UnicodeCategory some)
    {
        var categories = text.EnumerateRunes().Select(Rune.GetUnicodeCategory).ToHashSet();
        return categories.Contains(some) && !categories.Contains(none) && !categories.Contains(UnicodeCategory.TitlecaseLetter);
    }

    private static List<object?> SplitOnSpaces(string text, int limit, bool fromRight)
    {
        var words = new List<object?>();
        text = Trim(text, null, left: !fromRight, right: fromRight);
        while (text.Length > 0)
        {
            if (limit >= 0 && words.Count == limit)
            {
                words.Add(text);
                break;
            }

            int at = fromRight ? LastSpace(text) + 1 : FirstSpace(text);
            words.Add(fromRight ? text[at..] : text[..at]);
            text = fromRight ? Trim(text[..at], null, left: false, right: true) : Trim(text[at..], null, left: true, right: false);
        }

        if (fromRight)
            words.Reverse();
        return words;
    }

    private static int FirstSpace(string text)
    {
        int at = 0;
        while (at < text.Length && !IsSpace(text[at]))
            at++;
        return at;
    }

    private static int LastSpace(string text)
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            if (IsSpace(text[i]))
                return i;
        }

        return -1;
    }
}
