using System.Globalization;
using System.Text;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary><c>NFC</c>, <c>NFD</c>, <c>NFKC</c>, <c>NFKD</c> (Unicode TR15).</summary>
internal sealed class UnicodeNormalizer(NormalizationForm form) : ITextRewriter
{
    // string.Normalize refuses this noncharacter, which has no decomposition and blocks composition.
    private const char Refused = '\uFFFE';

    public bool TryRewrite(TextSegment source, RewriteBuffer output)
    {
        if (Ascii.IsValid(source.Text) || (!source.Text.Contains(Refused) && source.Text.IsNormalized(form)))
            return false;
        output.Begin(source);
        for (int from = 0; from < source.Text.Length;)
        {
            int length = IndexOfInert(source.Text[from..], out int inertLength);
            Normalize(source, from, length, output);
            output.Keep(source, from + length, inertLength);
            from += length + inertLength;
        }

        return true;
    }

    private static int IndexOfInert(ReadOnlySpan<char> text, out int length)
    {
        length = 0;
        for (int i = 0; i < text.Length; i += length)
        {
            Rune.DecodeFromUtf16(text[i..], out var rune, out length);
            // Nothing before the Arabic marks of Unicode 10 is newer than Unicode 9.
            if (rune.Value >= 0x7FD && (rune.Value == Refused || OlderUnicode.Mark.Contains(rune.Value) || OlderUnicode.LaterNormalization.Contains(rune.Value)))
                return i;
        }

        length = 0;
        return text.Length;
    }

    private void Normalize(TextSegment source, int start, int length, RewriteBuffer output)
    {
        if (length == 0)
            return;
        string whole = source.Text.Slice(start, length).ToString().Normalize(form);
        if (!source.IsTracked || !TryAlign(source, start, length, whole, output))
            output.Replace(source, start, length, whole);
    }

    // Offsets: normalize cluster by cluster. Where the clusters do not add up to the whole, the whole run is one cluster.
    private bool TryAlign(TextSegment source, int start, int length, string whole, RewriteBuffer output)
    {
        var text = source.Text.Slice(start, length);
        var clusters = new List<(int Start, string Text)>();
        for (int from = 0; from < length;)
        {
            int to = ClusterEnd(text, from);
            clusters.Add((from, text[from..to].ToString().Normalize(form)));
            from = to;
        }

        if (string.Concat(clusters.Select(c => c.Text)) != whole)
            return false;
        for (int i = 0; i < clusters.Count; i++)
        {
            int end = i + 1 < clusters.Count ? clusters[i + 1].Start : length;
            output.Replace(source, start + clusters[i].Start, end - clusters[i].Start, clusters[i].Text);
        }

        return true;
    }

    private static int ClusterEnd(ReadOnlySpan<char> text, int from)
    {
        Rune.DecodeFromUtf16(text[from..], out _, out int length);
        int to = from + length;
        while (to < text.Length)
        {
            Rune.DecodeFromUtf16(text[to..], out var next, out length);
            if (!ComposesBackward(next))
                break;
            to += length;
        }

        return to;
    }

    private static bool ComposesBackward(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        || rune.Value is (>= 0x1160 and <= 0x11FF) or (>= 0xFF9E and <= 0xFFDC);
}
