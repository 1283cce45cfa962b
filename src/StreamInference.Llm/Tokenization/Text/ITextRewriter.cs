namespace StreamInference.Llm.Tokenization.Text;

/// <summary>A step that changes text: every normalizer, and the pre-tokenizers that insert or map characters.</summary>
internal interface ITextRewriter
{
    /// <summary>Rewrites <paramref name="source"/> (never empty, no lone surrogates) into <paramref name="output"/>; false when nothing changes.</summary>
    bool TryRewrite(TextSegment source, RewriteBuffer output);
}
