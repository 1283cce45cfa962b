namespace StreamInference.Files.Writing;

/// <summary>Results that are written together, as they came from the model. Owned by the worker loop.</summary>
internal sealed class ResultChunk
{
    private readonly List<Row> _rows = [];
    private byte[] _bytes = new byte[1 << 16];
    private int _length;

    /// <summary>Results in the chunk.</summary>
    public int Count => _rows.Count;

    /// <summary>Bytes of their values and keys.</summary>
    public int ByteCount => _length;

    /// <summary>Adds the result of a row.</summary>
    public void Add(int file, long row, bool hasKey, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int needed = _length + key.Length + value.Length;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        key.CopyTo(_bytes.AsSpan(_length));
        value.CopyTo(_bytes.AsSpan(_length + key.Length));
        _rows.Add(new Row(file, row, _length, hasKey ? key.Length : -1, value.Length));
        _length = needed;
    }

    /// <summary>The place of the file of result <paramref name="index"/> in the job's list.</summary>
    public int File(int index) => _rows[index].File;

    /// <summary>The row of result <paramref name="index"/> in its file.</summary>
    public long RowNumber(int index) => _rows[index].Number;

    /// <summary>Whether its row had a key.</summary>
    public bool HasKey(int index) => _rows[index].KeyLength >= 0;

    /// <summary>The key of its row.</summary>
    public ReadOnlySpan<byte> Key(int index) => _bytes.AsSpan(_rows[index].Start, Math.Max(0, _rows[index].KeyLength));

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value(int index) => _bytes.AsSpan(_rows[index].Start + Math.Max(0, _rows[index].KeyLength), _rows[index].Length);

    /// <summary>Empties the chunk.</summary>
    public void Clear()
    {
        _rows.Clear();
        _length = 0;
    }

    private readonly record struct Row(int File, long Number, int Start, int KeyLength, int Length);
}
