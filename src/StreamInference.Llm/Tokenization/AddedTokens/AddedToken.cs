namespace StreamInference.Llm.Tokenization.AddedTokens;

/// <summary>
/// An entry of <c>added_tokens</c>: text that becomes one token wherever it stands. <see cref="Pattern"/> is what is searched for:
/// the content, normalized when the token asks to be found in normalized text.
/// </summary>
internal sealed record AddedToken(int Id, string Content)
{
    public string Pattern { get; init; } = Content;

    public bool SingleWord { get; init; }

    public bool StripLeft { get; init; }

    public bool StripRight { get; init; }

    public bool Normalized { get; init; }

    public bool Special { get; init; }
}
