namespace StreamInference.Llm.Tokenization.Text;

/// <summary>A reusable target for one rewriting step: the new text and, when the source is tracked, where each unit came from.</summary>
internal sealed class RewriteBuffer
{
    private char[] _text = new char[256];
    private Origin[] _origins = [];
    private int _length;
    private bool _tracked;

    public Span<char> Written => _text.AsSpan(0, _length);

    /// <summary>Empties the buffer for a rewrite of <paramref name="source"/>.</summary>
    public void Begin(TextSegment source)
    {
        _length = 0;
        _tracked = source.IsTracked;
        Reserve(source.Text.Length + 8);
    }

    /// <summary>Copies a range of the source unchanged.</summary>
    public void Keep(TextSegment source, int start, int length)
    {
        Reserve(length);
        source.Text.Slice(start, length).CopyTo(_text.AsSpan(_length));
        if (_tracked)
            source.Origins.Slice(start, length).CopyTo(_origins.AsSpan(_length));
        _length += length;
    }

    /// <summary>Writes <paramref name="replacement"/> for a range of the source; an empty range is an insertion.</summary>
    public void Replace(TextSegment source, int start, int length, ReadOnlySpan<char> replacement)
    {
        Reserve(replacement.Length);
        replacement.CopyTo(_text.AsSpan(_length));
        if (_tracked)
            _origins.AsSpan(_length, replacement.Length).Fill(OriginOf(source, start, length));
        _length += replacement.Length;
    }

    public TextSegment ToSegment(bool startsInput) =>
        new(_text.AsSpan(0, _length), _tracked ? _origins.AsSpan(0, _length) : default, startsInput);

    private static Origin OriginOf(TextSegment source, int start, int length)
    {
        if (length > 0)
            return new Origin(source.Origins[start].Start, source.Origins[start + length - 1].End);
        int at = start < source.Origins.Length ? source.Origins[start].Start : source.Origins[^1].End;
        return new Origin(at, at);
    }

    private void Reserve(int more)
    {
        if (_length + more > _text.Length)
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _length + more));
        if (_tracked && _origins.Length < _text.Length)
            Array.Resize(ref _origins, _text.Length);
    }
}
