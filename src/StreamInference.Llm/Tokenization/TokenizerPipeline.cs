using StreamInference.Llm.Tokenization.AddedTokens;
using StreamInference.Llm.Tokenization.Models;
using StreamInference.Llm.Tokenization.PostProcessors;
using StreamInference.Llm.Tokenization.PreTokenizers;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization;

/// <summary>
/// From text to ids: added tokens are cut out of the text as written, then each run between them is normalized, searched for the added
/// tokens that want normalized text, pre-tokenized and encoded. Immutable; scratch space is pooled, so a call allocates nothing
/// once its buffers have grown.
/// </summary>
internal sealed class TokenizerPipeline
{
    private readonly ITextRewriter[] _normalizers;
    private readonly AddedTokenFinder? _written;
    private readonly AddedTokenFinder? _normalized;
    private readonly PreTokenizerStep[] _steps;
    private readonly PreTokenizerStep[] _fastSteps;
    private readonly TokenModel _model;
    private readonly IPieceEncoder _fastEncoder;
    private readonly SpecialTokenTemplate _template;
    private EncodeWorkspace? _spare;

    public TokenizerPipeline(TokenizerParts parts)
    {
        _normalizers = [.. parts.Normalizers];
        _written = AddedTokenFinder.Create(parts.AddedTokens.Where(t => !t.Normalized));
        _normalized = AddedTokenFinder.Create(parts.AddedTokens.Where(t => t.Normalized));
        _steps = [.. parts.PreTokenizers];
        _model = parts.Model;
        _template = parts.Template;
        // The last step, writing bytes as characters, is left out where the model can take bytes.
        var byteLevel = parts is { Model: BpeModel bpe, PreTokenizers: [.., ByteAlphabetStep] } ? ByteLevelBpeEncoder.TryCreate(bpe) : null;
        _fastSteps = byteLevel is null ? _steps : _steps[..^1];
        _fastEncoder = byteLevel ?? (IPieceEncoder)parts.Model;
    }

    public void Encode(ReadOnlySpan<char> text, bool addSpecialTokens, List<int> ids)
    {
        if (addSpecialTokens)
            ids.AddRange(_template.Before);
        var workspace = Rent();
        workspace.Ids.Ids = ids;
        Run(new TextSegment(workspace.Sanitize(text), default, startsInput: true), workspace, workspace.Ids, workspace.FastPieces);
        Return(workspace);
        if (addSpecialTokens)
            ids.AddRange(_template.After);
    }

    /// <summary>The tokens of a text with the range of it that each stands for, without special tokens around.</summary>
    public List<TokenOffset> EncodeWithOffsets(ReadOnlySpan<char> text)
    {
        var workspace = Rent();
        var sink = new OffsetSink(_model);
        var origins = new Origin[text.Length];
        for (int i = 0; i < origins.Length; i++)
            origins[i] = new Origin(i, i + 1);
        workspace.Pieces.Sink = sink;
        Run(new TextSegment(workspace.Sanitize(text), origins, startsInput: true), workspace, sink, workspace.Pieces);
        Return(workspace);
        return sink.Tokens;
    }

    /// <summary>Applies the normalizers to a text that stands alone.</summary>
    public static string Normalize(IEnumerable<ITextRewriter> normalizers, string text)
    {
        var buffers = new Queue<RewriteBuffer>([new(), new()]);
        var segment = new TextSegment(text, default, startsInput: true);
        foreach (var normalizer in normalizers)
        {
            if (segment.IsEmpty || !normalizer.TryRewrite(segment, buffers.Peek()))
                continue;
            segment = buffers.Peek().ToSegment(startsInput: true);
            buffers.Enqueue(buffers.Dequeue());
        }

        return segment.Text.ToString();
    }

    private void Run(TextSegment text, EncodeWorkspace workspace, ITokenSink sink, PieceRun pieces)
    {
        int from = 0;
        int searchFrom = 0;
        while (_written is not null && _written.TryFind(text.Text, from, ref searchFrom, out var match))
        {
            if (match.Start > from)
                RunNormalized(text.Slice(from, match.Start), workspace, sink, pieces);
            sink.Added(match.Token, text.Slice(match.Start, match.End));
            from = match.End;
        }

        if (from < text.Text.Length)
            RunNormalized(text.Slice(from, text.Text.Length), workspace, sink, pieces);
    }

    private void RunNormalized(TextSegment text, EncodeWorkspace workspace, ITokenSink sink, PieceRun pieces)
    {
        text = Normalize(text, workspace);
        int from = 0;
        int searchFrom = 0;
        while (_normalized is not null && _normalized.TryFind(text.Text, from, ref searchFrom, out var match))
        {
            if (match.Start > from)
                pieces.Next(text.Slice(from, match.Start), 0);
            sink.Added(match.Token, text.Slice(match.Start, match.End));
            from = match.End;
        }

        if (from < text.Text.Length)
            pieces.Next(text.Slice(from, text.Text.Length), 0);
    }

    private TextSegment Normalize(TextSegment text, EncodeWorkspace workspace)
    {
        for (int i = 0; i < _normalizers.Length && !text.IsEmpty; i++)
        {
            if (_normalizers[i].TryRewrite(text, workspace.Normalized[i]))
                text = workspace.Normalized[i].ToSegment(text.StartsInput);
        }

        return text;
    }

    private EncodeWorkspace Rent() =>
        Interlocked.Exchange(ref _spare, null) ?? new EncodeWorkspace(_normalizers.Length, _fastEncoder, _fastSteps, _steps);

    private void Return(EncodeWorkspace workspace)
    {
        workspace.Release();
        _spare = workspace;
    }

    /// <summary>The scratch space of one call.</summary>
    private sealed class EncodeWorkspace
    {
        private static readonly List<int> NoIds = [];
        private static readonly IPieceSink NoSink = new IdSink(new NoEncoder());
        private char[] _sanitized = [];

        public EncodeWorkspace(int normalizers, IPieceEncoder encoder, PreTokenizerStep[] fastSteps, PreTokenizerStep[] steps)
        {
            Normalized = new RewriteBuffer[normalizers];
            for (int i = 0; i < normalizers; i++)
                Normalized[i] = new RewriteBuffer();
            Ids = new IdSink(encoder);
            FastPieces = new PieceRun(fastSteps) { Sink = Ids };
            Pieces = new PieceRun(steps) { Sink = NoSink };
        }

        public RewriteBuffer[] Normalized { get; }

        public IdSink Ids { get; }

        public PieceRun FastPieces { get; }

        public PieceRun Pieces { get; }

        /// <summary>The text with each lone surrogate replaced by U+FFFD: what it would be as UTF-8.</summary>
        public ReadOnlySpan<char> Sanitize(ReadOnlySpan<char> text)
        {
            int at = text.IndexOfAnyInRange('\ud800', '\udfff');
            if (at < 0)
                return text;
            if (_sanitized.Length < text.Length)
                _sanitized = new char[text.Length];
            var copy = _sanitized.AsSpan(0, text.Length);
            text.CopyTo(copy);
            for (; at < copy.Length; at++)
            {
                if (char.IsHighSurrogate(copy[at]) && at + 1 < copy.Length && char.IsLowSurrogate(copy[at + 1]))
                    at++;
                else if (char.IsSurrogate(copy[at]))
                    copy[at] = '\uFFFD';
            }

            return copy;
        }

        public void Release()
        {
            Ids.Ids = NoIds;
            Pieces.Sink = NoSink;
        }

        private sealed class NoEncoder : IPieceEncoder
        {
            public void Encode(ReadOnlySpan<char> piece, List<int> ids) => throw new InvalidOperationException("No sink is set.");
        }
    }
}

/// <summary>What a tokenizer file describes.</summary>
internal sealed record TokenizerParts
{
    public required TokenModel Model { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public List<ITextRewriter> Normalizers { get; init; } = [];

    public List<PreTokenizerStep> PreTokenizers { get; init; } = [];

    public SpecialTokenTemplate Template { get; init; } = SpecialTokenTemplate.None;

    public required Decoders.DecoderPlan Decoder { get; init; }
}
