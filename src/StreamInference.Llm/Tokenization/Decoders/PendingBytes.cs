namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary>The bytes of a character that is not complete yet, or of a run that is not over.</summary>
internal sealed class PendingBytes
{
    private byte[] _bytes = new byte[16];
    private int _count;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _count);

    public int Count => _count;

    public void Add(byte value) => Reserve(1)[0] = value;

    /// <summary>Makes room for <paramref name="count"/> bytes, which the caller fills.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_count + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + count));
        _count += count;
        return _bytes.AsSpan(_count - count, count);
    }

    public void Truncate(int count) => _count = count;

    public void RemoveFirst(int count)
    {
        Span.Slice(count).CopyTo(_bytes);
        _count -= count;
    }

    public void Save(BinaryWriter state)
    {
        state.Write7BitEncodedInt(_count);
        state.Write(Span);
    }

    public void Restore(BinaryReader state)
    {
        int count = state.Read7BitEncodedInt();
        var bytes = state.ReadBytes(Math.Max(0, count));
        if (bytes.Length != count)
            throw new EndOfStreamException("The detokenizer state is cut short.");
        _count = 0;
        bytes.CopyTo(Reserve(count));
    }
}
