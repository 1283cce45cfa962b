using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamInference.Llm.Tokenization.Models;

/// <summary>
/// <c>BPE</c> (Sennrich et al. 2016): the characters of a piece are merged pair by pair. Covers SentencePiece-style models with byte
/// fallback and, over <see cref="Text.ByteAlphabet"/>, byte-level ones.
/// </summary>
internal sealed class BpeModel : TokenModel
{
    private const int StackLimit = 256;
    private const int NoId = -1;
    private readonly BpeOptions _options;
    private readonly int[] _charIds = new int[char.MaxValue + 1];
    private readonly int[]? _fallbackIds;
    private readonly int _unknownId;
    private readonly PieceCache _cache = new();

    public BpeModel(Vocabulary vocabulary, MergeTable merges, BpeOptions options)
    {
        Vocabulary = vocabulary;
        Merges = merges;
        _options = options;
        _unknownId = options.UnknownToken is { } unknown && vocabulary.TryGetId(unknown, out int id) ? id : NoId;
        _fallbackIds = options.ByteFallback ? vocabulary.ByteIds(Vocabulary.FallbackName) : null;
        Array.Fill(_charIds, NoId);
        foreach (var (text, tokenId) in vocabulary.Entries)
        {
            if (text.Length == 1)
                _charIds[text[0]] = tokenId;
        }
    }

    public override Vocabulary Vocabulary { get; }

    public MergeTable Merges { get; }

    public bool IgnoresMerges => _options.IgnoreMerges;

    public bool HasAffixes => _options.ContinuingPrefix.Length > 0 || _options.WordSuffix.Length > 0;

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_cache.TryGet(piece, out var known))
        {
            ids.AddRange(known);
            return;
        }

        int from = ids.Count;
        Encode(piece, ids, null);
        _cache.Add(piece, CollectionsMarshal.AsSpan(ids)[from..]);
    }

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids, List<PieceRange>? ranges)
    {
        if (_options.IgnoreMerges && Vocabulary.TryGetId(piece, out int whole))
        {
            ids.Add(whole);
            ranges?.Add(new PieceRange(0, piece.Length));
            return;
        }

        // A code point is at most three bytes for each UTF-16 unit.
        int capacity = piece.Length * (_fallbackIds is null ? 1 : 3);
        int[]? rented = capacity * 2 > StackLimit ? ArrayPool<int>.Shared.Rent(capacity * 2) : null;
        Span<int> memory = rented ?? stackalloc int[StackLimit];
        var symbols = new SymbolList(memory[..capacity], ranges is null ? default : memory.Slice(capacity, capacity));
        AddSymbols(piece, ref symbols);
        int count = PairMerger.Merge(symbols.Ids, symbols.Widths, Merges);
        ids.AddRange(symbols.Ids[..count]);
        if (ranges is not null)
            AddRanges(piece, symbols.Widths[..count], ranges);
        if (rented is not null)
            ArrayPool<int>.Shared.Return(rented);
    }

    private void AddSymbols(ReadOnlySpan<char> piece, ref SymbolList symbols)
    {
        int unknownBytes = 0;
        for (int i = 0; i < piece.Length;)
        {
            Rune.DecodeFromUtf16(piece[i..], out var rune, out int length);
            int id = IdOf(piece, i, length);
            if (id >= 0)
            {
                FlushUnknown(ref symbols, ref unknownBytes);
                symbols.Add(id, rune.Utf8SequenceLength);
            }
            else if (!TryAddBytes(rune, ref symbols) && _unknownId >= 0)
            {
                if (!_options.FuseUnknown)
                    FlushUnknown(ref symbols, ref unknownBytes);
                unknownBytes += rune.Utf8SequenceLength;
            }

            i += length;
        }

        FlushUnknown(ref symbols, ref unknownBytes);
    }

    private void FlushUnknown(ref SymbolList symbols, ref int unknownBytes)
    {
        if (unknownBytes > 0)
            symbols.Add(_unknownId, unknownBytes);
        unknownBytes = 0;
    }

    private int IdOf(ReadOnlySpan<char> piece, int start, int length)
    {
        bool prefixed = _options.ContinuingPrefix.Length > 0 && start > 0;
        bool suffixed = _options.WordSuffix.Length > 0 && start + length == piece.Length;
        if (prefixed || suffixed)
        {
            string text = string.Concat(
                prefixed ? _options.ContinuingPrefix : "", piece.Slice(start, length), suffixed ? _options.WordSuffix : "");
            return Vocabulary.TryGetId(text, out int affixed) ? affixed : NoId;
        }

        if (length == 1)
            return _charIds[piece[start]];
        return Vocabulary.TryGetId(piece.Slice(start, length), out int id) ? id : NoId;
    }

    // All bytes or none: a vocabulary may lack some.
    private bool TryAddBytes(Rune rune, ref SymbolList symbols)
    {
        if (_fallbackIds is null)
            return false;
        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..rune.EncodeToUtf8(bytes)];
        foreach (byte value in bytes)
        {
            if (_fallbackIds[value] < 0)
                return false;
        }

        foreach (byte value in bytes)
            symbols.Add(_fallbackIds[value], 1);
        return true;
    }

    private static void AddRanges(ReadOnlySpan<char> piece, ReadOnlySpan<int> widths, List<PieceRange> ranges)
    {
        var walk = new ByteWalk(piece);
        foreach (int width in widths)
            ranges.Add(walk.Take(width));
    }

    /// <summary>Symbols under construction: ids and the UTF-8 bytes that each covers.</summary>
    private ref struct SymbolList(Span<int> ids, Span<int> widths)
    {
        private readonly Span<int> _ids = ids;
        private readonly Span<int> _widths = widths;
        private int _count;

        public readonly Span<int> Ids => _ids[.._count];

        public readonly Span<int> Widths => _widths.IsEmpty ? default : _widths[.._count];

        public void Add(int id, int width)
        {
            _ids[_count] = id;
            if (!_widths.IsEmpty)
                _widths[_count] = width;
            _count++;
        }
    }
}

/// <summary>The settings of a BPE model.</summary>
internal sealed record BpeOptions
{
    public string? UnknownToken { get; init; }

    public string ContinuingPrefix { get; init; } = "";

    public string WordSuffix { get; init; } = "";

    public bool FuseUnknown { get; init; }

    public bool ByteFallback { get; init; }

    /// <summary>A piece that is a token as a whole is that token, whatever the merges say (Llama 3).</summary>
    public bool IgnoreMerges { get; init; }
}
