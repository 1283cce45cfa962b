using StreamInference.Llm.Tokenization.Decoders;

namespace StreamInference.Llm.Tokenization;

/// <summary>
/// Turns tokens into text as they come. Only whole characters come out: bytes of an incomplete UTF-8 sequence wait for the tokens that
/// complete it. All parts together are the text of <see cref="LanguageTokenizer.Decode(IEnumerable{int}, bool)"/>, except that
/// under byte fallback only the broken bytes of a run become U+FFFD. Belongs to one sequence; not thread-safe.
/// </summary>
public sealed class StreamingDetokenizer
{
    private readonly TokenTable _tokens;
    private readonly DecoderPlan _plan;
    private readonly bool _skipSpecialTokens;
    private DecoderChain _chain;

    internal StreamingDetokenizer(TokenTable tokens, DecoderPlan plan, bool skipSpecialTokens)
    {
        _tokens = tokens;
        _plan = plan;
        _skipSpecialTokens = skipSpecialTokens;
        _chain = plan.CreateChain(streaming: true);
    }

    /// <summary>Takes the next token and returns the text that is certain now, often empty. An id outside the vocabulary adds nothing.</summary>
    public string Append(int tokenId)
    {
        if (_tokens.TextOf(tokenId) is not { } text || (_skipSpecialTokens && _tokens.IsSkipped(tokenId)))
            return "";
        _chain.Push(text);
        return _chain.Take();
    }

    /// <summary>
    /// Takes tokens whose text was shown before, such as the end of a prompt, so that what follows is spaced as a continuation.
    /// Bytes of an incomplete character at their end stay pending.
    /// </summary>
    public void Prime(IEnumerable<int> tokenIds)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        foreach (int id in tokenIds)
            Append(id);
    }

    /// <summary>Ends the text: returns what was held back, an incomplete character as U+FFFD. The detokenizer then starts a new text.</summary>
    public string Flush()
    {
        _chain.Flush();
        string rest = _chain.Take();
        _chain = _plan.CreateChain(streaming: true);
        return rest;
    }

    /// <summary>What <see cref="TryRestoreState"/> needs to go on from here; usually a few bytes.</summary>
    public byte[] SaveState()
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        _chain.Save(writer);
        writer.Flush();
        return memory.ToArray();
    }

    /// <summary>Goes on where the detokenizer that saved <paramref name="state"/> was.</summary>
    /// <returns>False, with the detokenizer at the start of a text, when the state is broken or of another tokenizer.</returns>
    public bool TryRestoreState(ReadOnlySpan<byte> state)
    {
        var chain = _plan.CreateChain(streaming: true);
        using var memory = new MemoryStream(state.ToArray());
        using var reader = new BinaryReader(memory);
        try
        {
            chain.Restore(reader);
            _chain = memory.Position == memory.Length ? chain : _plan.CreateChain(streaming: true);
            return memory.Position == memory.Length;
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException or FormatException or ArgumentException)
        {
            _chain = _plan.CreateChain(streaming: true);
            return false;
        }
    }
}
