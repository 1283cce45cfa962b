using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Models;

/// <summary>
/// The fast path of byte-level BPE: takes pieces of plain text, without writing them in the byte alphabet first. Same ids as
/// <see cref="BpeModel"/> over the mapped text; only for vocabularies that have all 256 bytes.
/// </summary>
internal sealed class ByteLevelBpeEncoder : IPieceEncoder
{
    private const int StackLimit = 256;
    private readonly BpeModel _model;
    private readonly int[] _byteIds;
    private readonly PieceCache _cache = new();

    private ByteLevelBpeEncoder(BpeModel model, int[] byteIds)
    {
        _model = model;
        _byteIds = byteIds;
    }

    public static ByteLevelBpeEncoder? TryCreate(BpeModel model)
    {
        var byteIds = model.Vocabulary.ByteIds(static value => ByteAlphabet.ToChar(value).ToString());
        return model.HasAffixes || byteIds.Contains(-1) ? null : new ByteLevelBpeEncoder(model, byteIds);
    }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_cache.TryGet(piece, out var known))
        {
            ids.AddRange(known);
            return;
        }

        int from = ids.Count;
        EncodeUncached(piece, ids);
        _cache.Add(piece, CollectionsMarshal.AsSpan(ids)[from..]);
    }

    private void EncodeUncached(ReadOnlySpan<char> piece, List<int> ids)
    {
        int capacity = piece.Length * 3;
        byte[]? rentedBytes = capacity > StackLimit ? ArrayPool<byte>.Shared.Rent(capacity) : null;
        int[]? rentedIds = capacity > StackLimit ? ArrayPool<int>.Shared.Rent(capacity) : null;
        Span<byte> bytes = rentedBytes ?? stackalloc byte[StackLimit];
        Span<int> symbols = rentedIds ?? stackalloc int[StackLimit];
        bytes = bytes[..Encoding.UTF8.GetBytes(piece, bytes)];
        if (_model.IgnoresMerges && TryFindWhole(bytes, out int whole))
        {
            ids.Add(whole);
        }
        else
        {
            for (int i = 0; i < bytes.Length; i++)
                symbols[i] = _byteIds[bytes[i]];
            ids.AddRange(symbols[..PairMerger.Merge(symbols[..bytes.Length], default, _model.Merges)]);
        }

        if (rentedBytes is not null)
            ArrayPool<byte>.Shared.Return(rentedBytes);
        if (rentedIds is not null)
            ArrayPool<int>.Shared.Return(rentedIds);
    }

    private bool TryFindWhole(ReadOnlySpan<byte> bytes, out int id)
    {
        char[]? rented = bytes.Length > StackLimit ? ArrayPool<char>.Shared.Rent(bytes.Length) : null;
        Span<char> mapped = rented ?? stackalloc char[StackLimit];
        for (int i = 0; i < bytes.Length; i++)
            mapped[i] = ByteAlphabet.ToChar(bytes[i]);
        bool found = _model.Vocabulary.TryGetId(mapped[..bytes.Length], out id);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return found;
    }
}
