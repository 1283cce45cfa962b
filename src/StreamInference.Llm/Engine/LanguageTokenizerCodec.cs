using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Engine;

/// <summary>The engine's view of a <see cref="LanguageTokenizer"/>. Special tokens are not part of the text.</summary>
public sealed class LanguageTokenizerCodec(LanguageTokenizer tokenizer) : ITokenCodec
{
    // Enough to know whether the output continues a word; the text of a whole long prompt is not needed for that.
    private const int PrimingTokens = 8;

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens) => tokenizer.Encode(text, addSpecialTokens);

    /// <inheritdoc/>
    public ITokenTextDecoder CreateDecoder(ReadOnlySpan<int> prompt)
    {
        StreamingDetokenizer detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: true);
        detokenizer.Prime([.. prompt[^Math.Min(PrimingTokens, prompt.Length)..]]);
        return new Decoder(detokenizer);
    }

    private sealed class Decoder(StreamingDetokenizer detokenizer) : ITokenTextDecoder
    {
        public string Append(int tokenId) => detokenizer.Append(tokenId);

        public string Flush() => detokenizer.Flush();
    }
}
