using StreamInference.Llm.Tokenization.AddedTokens;
using StreamInference.Llm.Tokenization.Models;
using StreamInference.Llm.Tokenization.PreTokenizers;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization;

/// <summary>Takes what the pipeline makes of a text, in order: pieces for the model and added tokens.</summary>
internal interface ITokenSink : IPieceSink
{
    void Added(AddedToken token, TextSegment text);
}

/// <summary>Collects ids only.</summary>
internal sealed class IdSink(IPieceEncoder encoder) : ITokenSink
{
    public List<int> Ids { get; set; } = [];

    public void Piece(TextSegment piece) => encoder.Encode(piece.Text, Ids);

    public void Added(AddedToken token, TextSegment text) => Ids.Add(token.Id);
}

/// <summary>Collects ids with the ranges of the caller's text that they stand for.</summary>
internal sealed class OffsetSink(TokenModel model) : ITokenSink
{
    private readonly List<int> _ids = [];
    private readonly List<PieceRange> _ranges = [];

    public List<TokenOffset> Tokens { get; } = [];

    public void Piece(TextSegment piece)
    {
        _ids.Clear();
        _ranges.Clear();
        model.Encode(piece.Text, _ids, _ranges);
        for (int i = 0; i < _ids.Count; i++)
            Tokens.Add(new TokenOffset(_ids[i], OriginOf(piece, _ranges[i].Start, _ranges[i].End)));
    }

    public void Added(AddedToken token, TextSegment text) => Tokens.Add(new TokenOffset(token.Id, OriginOf(text, 0, text.Text.Length)));

    private static Origin OriginOf(TextSegment text, int start, int end) => end > start
        ? new Origin(text.Origins[start].Start, text.Origins[end - 1].End)
        : new Origin(text.Origins[Math.Min(start, text.Origins.Length - 1)].Start, text.Origins[Math.Min(start, text.Origins.Length - 1)].Start);
}

/// <summary>A token and the range of UTF-16 units of the caller's text that it stands for.</summary>
internal readonly record struct TokenOffset(int Id, Origin Origin);
