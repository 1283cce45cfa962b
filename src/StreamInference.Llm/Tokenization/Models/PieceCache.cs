namespace StreamInference.Llm.Tokenization.Models;

/// <summary>
/// Remembers the ids of short pieces: words repeat. Direct-mapped and of fixed size; a newer piece takes the place of an older one.
/// Entries are immutable and replaced whole, so no lock is needed.
/// </summary>
internal sealed class PieceCache
{
    private const int Slots = 1 << 15;
    private const int MaxPieceLength = 48;
    private readonly Entry?[] _entries = new Entry?[Slots];

    public bool TryGet(ReadOnlySpan<char> piece, out ReadOnlySpan<int> ids)
    {
        ids = default;
        if (piece.Length > MaxPieceLength)
            return false;
        var entry = Volatile.Read(ref _entries[SlotOf(piece)]);
        if (entry is null || !piece.SequenceEqual(entry.Piece))
            return false;
        ids = entry.Ids;
        return true;
    }

    public void Add(ReadOnlySpan<char> piece, ReadOnlySpan<int> ids)
    {
        if (piece.Length <= MaxPieceLength)
            Volatile.Write(ref _entries[SlotOf(piece)], new Entry(piece.ToString(), ids.ToArray()));
    }

    private static int SlotOf(ReadOnlySpan<char> piece) => string.GetHashCode(piece) & (Slots - 1);

    private sealed record Entry(string Piece, int[] Ids);
}
