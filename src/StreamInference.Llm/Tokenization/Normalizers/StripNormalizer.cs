using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary><c>Strip</c>: drops whitespace at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : ITextRewriter
{
    public bool TryRewrite(TextSegment source, RewriteBuffer output)
    {
        int start = left ? source.Text.Length - source.Text.TrimStart().Length : 0;
        int end = right ? Math.Max(start, source.Text.TrimEnd().Length) : source.Text.Length;
        if (end - start == source.Text.Length)
            return false;
        output.Begin(source);
        output.Keep(source, start, end - start);
        return true;
    }
}
