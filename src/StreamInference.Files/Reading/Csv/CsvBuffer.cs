namespace StreamInference.Files.Reading.Csv;

/// <summary>A window over the bytes of a file, moved forward row by row.</summary>
internal sealed class CsvBuffer(ByteFeed feed, int capacity) : IDisposable
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _end;

    /// <summary>Where the next row starts.</summary>
    public int Start { get; set; }

    /// <summary>Whether the file ends with the window.</summary>
    public bool IsLast { get; private set; }

    /// <summary>The bytes up to the window's end; the next row starts at <see cref="Start"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _end);

    /// <summary>Whether the row at <see cref="Start"/> fills the window and still does not end.</summary>
    public bool IsFull => Start == 0 && _end == _bytes.Length;

    /// <summary>Whether every byte was taken.</summary>
    public bool IsEmpty => IsLast && Start == _end;

    /// <summary>The file.</summary>
    public string Path => feed.Path;

    /// <summary>Moves the rest to the front and reads behind it.</summary>
    public void Refill()
    {
        int rest = _end - Start;
        _bytes.AsSpan(Start, rest).CopyTo(_bytes);
        Start = 0;
        int read = feed.Read(_bytes.AsSpan(rest));
        _end = rest + read;
        IsLast = _end < _bytes.Length;
    }

    public void Dispose() => feed.Dispose();
}
