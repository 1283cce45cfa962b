using Microsoft.ML.Tokenizers;
using StreamInference.Llm.Tokenization.Decoders;

namespace StreamInference.Llm.Tokenization;

/// <summary>
/// A language model's tokenizer: text to ids and back, as the model's own files describe it. Immutable; any number of threads may use one.
/// </summary>
public sealed class LanguageTokenizer
{
    private readonly TokenizerPipeline _pipeline;
    private readonly TokenTable _tokens;
    private readonly DecoderPlan _decoder;

    internal LanguageTokenizer(TokenizerParts parts, SpecialTokens special)
    {
        _pipeline = new TokenizerPipeline(parts);
        _tokens = new TokenTable(parts.Model.Vocabulary, parts.AddedTokens);
        _decoder = parts.Decoder;
        Tokenizer = new PipelineTokenizer(_pipeline, _tokens, ids => Decode(ids, skipSpecialTokens: false));
        BosTokenId = IdOf(special.Bos);
        EosTokenId = IdOf(special.Eos);
        PadTokenId = IdOf(special.Pad);
        UnknownTokenId = IdOf(special.Unknown);
    }

    /// <summary>The same tokenizer behind the contract of Microsoft.ML.Tokenizers, with offsets; it adds no special tokens.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>One more than the highest token id; the model's logits may have more columns.</summary>
    public int VocabularySize => _tokens.Size;

    /// <summary>The id of the token that begins a text, where tokenizer_config.json or special_tokens_map.json names one.</summary>
    public int? BosTokenId { get; }

    /// <summary>The id of the token that ends a text; generation_config.json may name more.</summary>
    public int? EosTokenId { get; }

    /// <summary>The id of the padding token.</summary>
    public int? PadTokenId { get; }

    /// <summary>The id of the token for what the vocabulary cannot express.</summary>
    public int? UnknownTokenId { get; }

    /// <summary>The ids of <paramref name="text"/>. A lone surrogate counts as U+FFFD.</summary>
    /// <param name="text">Any text; special tokens written in it become those tokens.</param>
    /// <param name="addSpecialTokens">Whether to add what the file puts around a text, such as BOS. Not for rendered chat templates.</param>
    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>((text.Length / 3) + 4);
        Encode(text, addSpecialTokens, ids);
        return ids;
    }

    /// <summary>Appends the ids of <paramref name="text"/> to <paramref name="into"/>.</summary>
    public void Encode(ReadOnlySpan<char> text, bool addSpecialTokens, List<int> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        _pipeline.Encode(text, addSpecialTokens, into);
    }

    /// <summary>The text of a whole sequence of ids. Ids outside the vocabulary add nothing; broken UTF-8 becomes U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var chain = _decoder.CreateChain(streaming: false);
        foreach (int id in ids)
        {
            if (_tokens.TextOf(id) is { } text && !(skipSpecialTokens && _tokens.IsSkipped(id)))
                chain.Push(text);
        }

        chain.Flush();
        return chain.Take();
    }

    /// <summary>A detokenizer for one sequence.</summary>
    public StreamingDetokenizer CreateStreamingDetokenizer(bool skipSpecialTokens) => new(_tokens, _decoder, skipSpecialTokens);

    /// <summary>Whether the file marks this id as a special (control) token.</summary>
    public bool IsSpecial(int id) => _tokens.IsSpecial(id);

    /// <summary>The vocabulary's own spelling of a token (bytes and spaces mapped), null outside the vocabulary.</summary>
    public string? TokenText(int id) => _tokens.TextOf(id);

    /// <summary>The id of a token by its vocabulary spelling or, for added tokens, its content.</summary>
    public int? TokenId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _tokens.IdOf(token);
    }

    private int? IdOf(string? token) => token is null ? null : _tokens.IdOf(token);
}
