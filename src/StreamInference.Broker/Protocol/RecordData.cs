namespace StreamInference.Broker.Protocol;

/// <summary>Record batches as they lie in memory: one piece, or several that follow each other on the wire.</summary>
internal struct RecordData
{
    private List<ReadOnlyMemory<byte>>? _more;

    public RecordData(ReadOnlyMemory<byte> bytes)
    {
        First = bytes;
        Length = bytes.Length;
    }

    public ReadOnlyMemory<byte> First { get; private set; }

    public int Length { get; private set; }

    public readonly IReadOnlyList<ReadOnlyMemory<byte>> More => _more ?? [];

    public void Add(ReadOnlyMemory<byte> piece)
    {
        if (Length == 0)
            First = piece;
        else
            (_more ??= []).Add(piece);
        Length += piece.Length;
    }
}
