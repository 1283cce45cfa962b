using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary><c>Prepend</c>: writes a text before each run.</summary>
internal sealed class PrependNormalizer(string prefix) : ITextRewriter
{
    public bool TryRewrite(TextSegment source, RewriteBuffer output)
    {
        output.Begin(source);
        output.Replace(source, 0, 0, prefix);
        output.Keep(source, 0, source.Text.Length);
        return true;
    }
}
