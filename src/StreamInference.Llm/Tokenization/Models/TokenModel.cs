namespace StreamInference.Llm.Tokenization.Models;

/// <summary>Turns one pre-tokenized piece into token ids.</summary>
internal interface IPieceEncoder
{
    void Encode(ReadOnlySpan<char> piece, List<int> ids);
}

/// <summary>A <c>model</c> of a tokenizer.json. Immutable after loading; calls may run in parallel.</summary>
internal abstract class TokenModel : IPieceEncoder
{
    public abstract Vocabulary Vocabulary { get; }

    /// <summary>Appends the ids of a non-empty piece.</summary>
    public abstract void Encode(ReadOnlySpan<char> piece, List<int> ids);

    /// <summary>Appends the ids of a non-empty piece and, for each, the range of the piece it covers.</summary>
    public abstract void Encode(ReadOnlySpan<char> piece, List<int> ids, List<PieceRange> ranges);
}

/// <summary>A range of UTF-16 units of a piece; the tokens of one code point's bytes all cover that code point.</summary>
internal readonly record struct PieceRange(int Start, int End);
