using System.Text.RegularExpressions;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary><c>Replace</c> with a plain string.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : ITextRewriter
{
    public bool TryRewrite(TextSegment source, RewriteBuffer output)
    {
        int at = source.Text.IndexOf(pattern, StringComparison.Ordinal);
        if (at < 0)
            return false;
        output.Begin(source);
        if (pattern.Length == 1 && content.Length == 1)
        {
            output.Keep(source, 0, source.Text.Length);
            output.Written.Replace(pattern[0], content[0]);
            return true;
        }

        int from = 0;
        while (at >= 0)
        {
            output.Keep(source, from, at);
            output.Replace(source, from + at, pattern.Length, content);
            from += at + pattern.Length;
            at = source.Text[from..].IndexOf(pattern, StringComparison.Ordinal);
        }

        output.Keep(source, from, source.Text.Length - from);
        return true;
    }
}

/// <summary><c>Replace</c> with a regular expression.</summary>
internal sealed class RegexReplaceNormalizer(Regex pattern, string content) : ITextRewriter
{
    public bool TryRewrite(TextSegment source, RewriteBuffer output)
    {
        int from = -1;
        foreach (var match in pattern.EnumerateMatches(source.Text))
        {
            if (from < 0)
            {
                output.Begin(source);
                from = 0;
            }

            output.Keep(source, from, match.Index - from);
            output.Replace(source, match.Index, match.Length, content);
            from = match.Index + match.Length;
        }

        if (from < 0)
            return false;
        output.Keep(source, from, source.Text.Length - from);
        return true;
    }
}
