namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary>A stage that treats the first token of a text in another way than the rest.</summary>
internal abstract class FirstTokenStage : DecoderStage
{
    protected bool IsFirst { get; private set; } = true;

    public sealed override void Push(ReadOnlySpan<char> token)
    {
        PushToken(token);
        IsFirst = false;
    }

    public override void Save(BinaryWriter state) => state.Write(IsFirst);

    public override void Restore(BinaryReader state) => IsFirst = state.ReadBoolean();

    protected abstract void PushToken(ReadOnlySpan<char> token);
}

/// <summary>No decoder at all: tokens with a space between.</summary>
internal sealed class JoinStage : FirstTokenStage
{
    protected override void PushToken(ReadOnlySpan<char> token)
    {
        if (!IsFirst)
            Next.Push(" ");
        Next.Push(token);
    }
}

/// <summary><c>Metaspace</c>: the mark is a space again, except in the first token of a text that got one prepended.</summary>
internal sealed class MetaspaceStage(char mark, bool prepended) : FirstTokenStage
{
    protected override void PushToken(ReadOnlySpan<char> token)
    {
        if (!token.Contains(mark))
            Next.Push(token);
        else if (IsFirst && prepended)
            Next.Push(token.ToString().Replace(mark.ToString(), "", StringComparison.Ordinal));
        else
            Next.Push(token.ToString().Replace(mark, ' '));
    }
}

/// <summary><c>WordPiece</c>: a token without the prefix begins a new word.</summary>
internal sealed class WordPieceStage(string prefix, bool cleanUp) : FirstTokenStage
{
    private static readonly (string From, string To)[] CleanUps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"),
        (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    protected override void PushToken(ReadOnlySpan<char> token)
    {
        string text = token.ToString();
        if (!IsFirst)
            text = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : " " + text;
        if (cleanUp)
            text = CleanUps.Aggregate(text, static (t, c) => t.Replace(c.From, c.To, StringComparison.Ordinal));
        Next.Push(text);
    }
}

/// <summary><c>BPEDecoder</c>: the suffix that ends a word is a space, except in the last token, so one token is held back.</summary>
internal sealed class WordSuffixStage(string suffix) : DecoderStage
{
    private string? _held;

    public override void Push(ReadOnlySpan<char> token)
    {
        Release(" ");
        _held = token.ToString();
    }

    public override void Flush()
    {
        Release("");
        _held = null;
        Next.Flush();
    }

    public override void Save(BinaryWriter state)
    {
        state.Write(_held is not null);
        state.Write(_held ?? "");
    }

    public override void Restore(BinaryReader state)
    {
        bool holds = state.ReadBoolean();
        string text = state.ReadString();
        _held = holds ? text : null;
    }

    private void Release(string separator)
    {
        if (_held is not null)
            Next.Push(_held.Replace(suffix, separator, StringComparison.Ordinal));
    }
}
