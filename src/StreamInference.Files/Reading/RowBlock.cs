using System.Buffers;
using StreamInference.Records;

namespace StreamInference.Files.Reading;

/// <summary>
/// Rows that were read together, each as a JSON value: one block of bytes with an index, pooled by its source. Filled by a reader; the rows are
/// consecutive ones of one file.
/// </summary>
internal sealed class RowBlock(Action<RowBlock> giveBack) : RecordLease, IBufferWriter<byte>
{
    private readonly List<Row> _rows = [];
    private readonly Dictionary<int, RecordError> _errors = [];
    private byte[] _bytes = [];
    private byte[] _keys = [];
    private int _keyLength;

    /// <summary>The place of the file in the job's list.</summary>
    public int File { get; private set; }

    /// <summary>The number of the first row in its file, from 0.</summary>
    public long FirstRow { get; private set; }

    /// <summary>The number of the first row in the whole job, from 0: its offset as a record.</summary>
    public long FirstOffset { get; private set; }

    /// <summary>Rows in the block.</summary>
    public int Count => _rows.Count;

    /// <summary>Bytes in use.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes in use.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Makes the block empty, with the caller as its holder.</summary>
    public void Reset()
    {
        Renew();
        _rows.Clear();
        _errors.Clear();
        Length = 0;
        _keyLength = 0;
    }

    /// <summary>Says where the block's rows come from.</summary>
    public void Place(int file, long firstRow, long firstOffset) => (File, FirstRow, FirstOffset) = (file, firstRow, firstOffset);

    /// <summary>Adds the bytes from <paramref name="start"/> to <paramref name="end"/> as a row.</summary>
    public void Add(int start, int end, long line) => _rows.Add(new Row(start, end - start, line, 0, -1));

    /// <summary>Adds a row that no model can take.</summary>
    public void AddError(int start, int end, long line, RecordError error)
    {
        _errors.Add(_rows.Count, error);
        Add(start, end, line);
    }

    /// <summary>Notes <paramref name="error"/> for the rows whose value is not as it must be.</summary>
    public void RefuseRows(Func<ReadOnlySpan<byte>, bool> isGood, RecordError error)
    {
        for (int index = 0; index < Count; index++)
            if (!isGood(Value(index))) _errors.TryAdd(index, error);
    }

    /// <summary>Gives a row a key.</summary>
    public void SetKey(int index, ReadOnlySpan<byte> key)
    {
        if (_keyLength + key.Length > _keys.Length) Array.Resize(ref _keys, Math.Max(4096, (_keyLength + key.Length) * 2));
        key.CopyTo(_keys.AsSpan(_keyLength));
        _rows[index] = _rows[index] with { KeyStart = _keyLength, KeyLength = key.Length };
        _keyLength += key.Length;
    }

    /// <summary>The line (CSV, JSON Lines) or row (Parquet, counted from 1) where the row starts.</summary>
    public long Line(int index) => _rows[index].Line;

    /// <inheritdoc/>
    public override RecordError? Error(int index) => _errors.Count == 0 ? null : _errors.GetValueOrDefault(index);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Key(int index) => _rows[index] is { KeyLength: > 0 } row ? _keys.AsSpan(row.KeyStart, row.KeyLength) : [];

    /// <inheritdoc/>
    public override bool HasKey(int index) => _rows[index].KeyLength >= 0;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Value(int index) => _bytes.AsSpan(_rows[index].Start, _rows[index].Length);

    /// <summary>The value of row <paramref name="index"/>.</summary>
    public ReadOnlyMemory<byte> ValueMemory(int index) => _bytes.AsMemory(_rows[index].Start, _rows[index].Length);

    /// <inheritdoc/>
    public override bool HasValue(int index) => true;

    /// <inheritdoc/>
    /// <remarks>A row has no headers beside it: its own members stand for them.</remarks>
    public override bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> value)
    {
        value = default;
        return Error(index) is null && new FieldKey(JsonFieldPath.Parse("/" + name)).TryFind(Value(index), out value);
    }

    /// <inheritdoc/>
    public override void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into)
    {
    }

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <summary>Takes back what was written behind <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = length;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <inheritdoc/>
    protected override void GiveBack() => giveBack(this);

    private void Reserve(int size)
    {
        int needed = Length + Math.Max(size, 1);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
    }

    private readonly record struct Row(int Start, int Length, long Line, int KeyStart, int KeyLength);
}
