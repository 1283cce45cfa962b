using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamInference.Onnx.Tabular;

/// <summary>Expands <c>/V{1..28}</c> to 28 pointers, and splits JSON pointers (RFC 6901).</summary>
internal static partial class FieldPattern
{
    private const int MostFields = 100_000;

    /// <summary>The pointers a pattern stands for; null when a range is empty or too long.</summary>
    internal static IReadOnlyList<string>? Expand(string pattern)
    {
        Match range = Ranges().Match(pattern);
        if (!range.Success) return [pattern];
        long first = long.Parse(range.Groups["first"].ValueSpan, CultureInfo.InvariantCulture);
        long last = long.Parse(range.Groups["last"].ValueSpan, CultureInfo.InvariantCulture);
        if (last < first || last - first >= MostFields) return null;
        List<string> expanded = [];
        for (long number = first; number <= last; number++)
        {
            IReadOnlyList<string>? rest = Expand(string.Concat(pattern.AsSpan(0, range.Index), $"{number}", pattern.AsSpan(range.Index + range.Length)));
            if (rest is null || expanded.Count + rest.Count > MostFields) return null;
            expanded.AddRange(rest);
        }

        return expanded;
    }

    /// <summary>The names on the way to the field; null when the text is no pointer to a field.</summary>
    internal static string[]? Segments(string pointer)
    {
        if (pointer.Length < 2 || pointer[0] != '/') return null;
        string[] segments = pointer[1..].Split('/');
        for (int index = 0; index < segments.Length; index++)
        {
            if (BadEscapes().IsMatch(segments[index])) return null;
            segments[index] = segments[index].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        }

        return segments;
    }

    [GeneratedRegex(@"\{(?<first>\d{1,9})\.\.(?<last>\d{1,9})\}")]
    private static partial Regex Ranges();

    [GeneratedRegex("~(?![01])")]
    private static partial Regex BadEscapes();
}
