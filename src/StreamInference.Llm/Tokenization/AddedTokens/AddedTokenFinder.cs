using System.Buffers;
using System.Text;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.AddedTokens;

/// <summary>Finds added tokens in text: leftmost first, the longest of those that begin at the same place.</summary>
internal sealed class AddedTokenFinder
{
    private readonly SearchValues<string> _any;
    private readonly Dictionary<char, AddedToken[]> _byFirstChar;

    private AddedTokenFinder(List<AddedToken> tokens)
    {
        _any = SearchValues.Create(tokens.ConvertAll(t => t.Pattern).ToArray(), StringComparison.Ordinal);
        _byFirstChar = tokens.GroupBy(t => t.Pattern[0])
            .ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Pattern.Length).ToArray());
    }

    public static AddedTokenFinder? Create(IEnumerable<AddedToken> tokens)
    {
        var usable = tokens.Where(t => t.Pattern.Length > 0).ToList();
        return usable.Count == 0 ? null : new AddedTokenFinder(usable);
    }

    /// <summary>
    /// The next token at or after <paramref name="searchFrom"/>, which moves past it. <paramref name="consumed"/> is the end of the
    /// token before: stripping to the left stops there.
    /// </summary>
    public bool TryFind(ReadOnlySpan<char> text, int consumed, ref int searchFrom, out AddedTokenMatch match)
    {
        while (searchFrom < text.Length)
        {
            int at = text[searchFrom..].IndexOfAny(_any);
            if (at < 0)
                break;
            at += searchFrom;
            var token = LongestAt(text[at..]);
            int end = at + token.Pattern.Length;
            searchFrom = end;
            if (token.SingleWord && TouchesWord(text, at, end))
                continue;
            match = new AddedTokenMatch(token, WidenLeft(text, token, at, consumed), WidenRight(text, token, end));
            return true;
        }

        match = default;
        return false;
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        foreach (var token in _byFirstChar[text[0]])
        {
            if (text.StartsWith(token.Pattern, StringComparison.Ordinal))
                return token;
        }

        throw new InvalidOperationException("The search found an added token that is not there.");
    }

    private static int WidenLeft(ReadOnlySpan<char> text, AddedToken token, int start, int consumed)
    {
        while (token.StripLeft && start > consumed && char.IsWhiteSpace(text[start - 1]))
            start--;
        return start;
    }

    private static int WidenRight(ReadOnlySpan<char> text, AddedToken token, int end)
    {
        while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end]))
            end++;
        return end;
    }

    private static bool TouchesWord(ReadOnlySpan<char> text, int start, int end)
    {
        if (start > 0 && Rune.DecodeLastFromUtf16(text[..start], out var before, out _) == OperationStatus.Done && WordCharacters.Contains(before))
            return true;
        return end < text.Length && Rune.DecodeFromUtf16(text[end..], out var after, out _) == OperationStatus.Done && WordCharacters.Contains(after);
    }
}

/// <summary>A found token and the range it takes, surrounding whitespace included where the token strips it.</summary>
internal readonly record struct AddedTokenMatch(AddedToken Token, int Start, int End);
