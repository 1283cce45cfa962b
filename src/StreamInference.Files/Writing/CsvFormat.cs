using System.Buffers;
using System.Text;
using System.Text.Json;

namespace StreamInference.Files.Writing;

/// <summary>CSV (RFC 4180) with a header. Numbers keep the digits that the model wrote; a null is an empty field, an empty text is quoted.</summary>
internal sealed class CsvFormat : IResultFormat
{
    private readonly IReadOnlyList<string> _files;
    private readonly bool _hasKey;
    private readonly FileKind _kind;
    private readonly int _chunkBytes;
    private readonly SearchValues<char> _quoted;
    private readonly ArrayBufferWriter<byte> _text = new();
    private ResultColumns? _columns;

    public CsvFormat(IReadOnlyList<string> files, bool hasKey, FileKind kind, int chunkBytes, string? state)
    {
        _files = files;
        _hasKey = hasKey;
        _kind = kind;
        _chunkBytes = chunkBytes;
        _quoted = SearchValues.Create([(char)kind.Delimiter, '"', '\n', '\r']);
        if (state is not null) _columns = ResultColumns.Restore(state);
    }

    public string? State => _columns?.Save();

    public bool IsFull(ResultChunk chunk) => chunk.ByteCount >= _chunkBytes;

    public void Append(ResultChunk chunk, FileStream output)
    {
        _text.ResetWrittenCount();
        if (_columns is null)
        {
            _columns = ResultColumns.Of(chunk);
            WriteHeader(_columns);
        }

        string?[] fields = new string?[_columns.Columns.Count];
        for (int index = 0; index < chunk.Count; index++) WriteRow(chunk, index, fields);
        TextOutput.Append(_text.WrittenSpan, _kind.Compression, output);
    }

    public void AppendNothing(FileStream output)
    {
        _text.ResetWrittenCount();
        WriteHeader(ResultColumns.Of(new ResultChunk()));
        TextOutput.Append(_text.WrittenSpan, _kind.Compression, output);
    }

    public byte[] ReadTail(FileStream output) => [];

    private void WriteHeader(ResultColumns columns)
    {
        Field(SourceColumns.File);
        Next(SourceColumns.Row);
        if (_hasKey) Next(SourceColumns.Key);
        foreach (ResultColumn column in columns.Columns) Next(column.Name);
        Next(SourceColumns.Extra);
        _text.Append((byte)'\n');
    }

    private void WriteRow(ResultChunk chunk, int index, string?[] fields)
    {
        Array.Clear(fields);
        string? extra = _columns!.Place(chunk, index, (column, value) => fields[column] = value.ValueKind == JsonValueKind.String && _columns.Columns[column].Kind != ColumnKind.Json ? value.GetString() : value.GetRawText());
        Field(_files[chunk.File(index)]);
        _text.Append(_kind.Delimiter);
        _text.Append(chunk.RowNumber(index));
        if (_hasKey) Next(chunk.HasKey(index) ? Encoding.UTF8.GetString(chunk.Key(index)) : null);
        foreach (string? field in fields) Next(field);
        Next(extra);
        _text.Append((byte)'\n');
    }

    private void Next(string? value)
    {
        _text.Append(_kind.Delimiter);
        Field(value);
    }

    private void Field(string? value)
    {
        if (value is null) return;
        if (value.Length == 0 || value.AsSpan().IndexOfAny(_quoted) >= 0) value = $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        Span<byte> to = _text.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length));
        _text.Advance(Encoding.UTF8.GetBytes(value, to));
    }
}
