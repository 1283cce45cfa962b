using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace StreamInference.Files.Writing;

/// <summary>
/// Parquet, compressed with zstd, a row group for each chunk. After every chunk the file is whole: the next one writes over the footer, which a
/// run that goes on puts back first.
/// </summary>
internal sealed class ParquetFormat : IResultFormat
{
    private readonly IReadOnlyList<string> _files;
    private readonly bool _hasKey;
    private readonly int _chunkRows;
    private ResultColumns? _columns;

    public ParquetFormat(IReadOnlyList<string> files, bool hasKey, int chunkRows, string? state)
    {
        _files = files;
        _hasKey = hasKey;
        _chunkRows = chunkRows;
        if (state is not null) _columns = ResultColumns.Restore(state);
    }

    public string? State => _columns?.Save();

    public bool IsFull(ResultChunk chunk) => chunk.Count >= _chunkRows;

    public void Append(ResultChunk chunk, FileStream output)
    {
        bool isFirst = _columns is null;
        _columns ??= ResultColumns.Of(chunk);
        Write(chunk, output, append: !isFirst);
    }

    public void AppendNothing(FileStream output)
    {
        ResultChunk none = new();
        _columns = ResultColumns.Of(none);
        Write(none, output, append: false);
    }

    public byte[] ReadTail(FileStream output)
    {
        Span<byte> end = stackalloc byte[8];
        output.Seek(-end.Length, SeekOrigin.End);
        output.ReadExactly(end);
        byte[] tail = new byte[BitConverter.ToInt32(end) + end.Length];
        output.Seek(-tail.Length, SeekOrigin.End);
        output.ReadExactly(tail);
        return tail;
    }

    private void Write(ResultChunk chunk, FileStream output, bool append)
    {
        ParquetSchema schema = Schema();
        ParquetOptions options = new() { CompressionMethod = CompressionMethod.Zstd, Append = append };
        output.Position = 0;
        WriteAsync(schema, options, chunk, output).GetAwaiter().GetResult();
    }

    private async Task WriteAsync(ParquetSchema schema, ParquetOptions options, ResultChunk chunk, FileStream output)
    {
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, output, options, options.Append);
        if (chunk.Count == 0) return;
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        Queue<DataField> fields = new(schema.DataFields);
        await group.WriteAsync(fields.Dequeue(), Texts(chunk, index => _files[chunk.File(index)]));
        await group.WriteAsync<long>(fields.Dequeue(), Numbers(chunk));
        if (_hasKey) await group.WriteAsync(fields.Dequeue(), Texts(chunk, index => chunk.HasKey(index) ? Encoding.UTF8.GetString(chunk.Key(index)) : null));
        ResultTable table = new(_columns!, chunk);
        for (int column = 0; column < _columns!.Columns.Count; column++) await table.WriteAsync(column, fields.Dequeue(), group);
        await group.WriteAsync(fields.Dequeue(), table.Extra);
    }

    private ParquetSchema Schema()
    {
        List<Field> fields = [new DataField(SourceColumns.File, typeof(string), isNullable: false), new DataField(SourceColumns.Row, typeof(long), isNullable: false)];
        if (_hasKey) fields.Add(new DataField(SourceColumns.Key, typeof(string), isNullable: true));
        foreach (ResultColumn column in _columns!.Columns)
        {
            fields.Add(new DataField(
                column.Name,
                column.Kind switch { ColumnKind.Integer => typeof(long), ColumnKind.Number => typeof(double), ColumnKind.Boolean => typeof(bool), _ => typeof(string) },
                isNullable: true));
        }

        fields.Add(new DataField(SourceColumns.Extra, typeof(string), isNullable: true));
        return new ParquetSchema(fields);
    }

    private static string[] Texts(ResultChunk chunk, Func<int, string?> text) => [.. Enumerable.Range(0, chunk.Count).Select(index => text(index)!)];

    private static long[] Numbers(ResultChunk chunk) => [.. Enumerable.Range(0, chunk.Count).Select(chunk.RowNumber)];

    /// <summary>The values of a chunk, column by column.</summary>
    private sealed class ResultTable
    {
        private readonly ResultColumns _columns;
        private readonly Array[] _values;

        public ResultTable(ResultColumns columns, ResultChunk chunk)
        {
            _columns = columns;
            Extra = new string[chunk.Count];
            _values = [.. columns.Columns.Select(column => Create(column.Kind, chunk.Count))];
            for (int index = 0; index < chunk.Count; index++)
            {
                int row = index;
                Extra[index] = columns.Place(chunk, index, (column, value) => Set(column, row, value))!;
            }
        }

        public string[] Extra { get; }

        public Task WriteAsync(int column, DataField field, ParquetRowGroupWriter group) => _values[column] switch
        {
            long?[] numbers => group.WriteAsync<long>(field, numbers),
            double?[] numbers => group.WriteAsync<double>(field, numbers),
            bool?[] flags => group.WriteAsync<bool>(field, flags),
            Array texts => group.WriteAsync(field, (string[])texts),
        };

        private static Array Create(ColumnKind kind, int count) => kind switch
        {
            ColumnKind.Integer => new long?[count],
            ColumnKind.Number => new double?[count],
            ColumnKind.Boolean => new bool?[count],
            _ => new string[count],
        };

        private void Set(int column, int row, JsonElement value)
        {
            switch (_values[column])
            {
                case long?[] numbers: numbers[row] = value.GetInt64(); break;
                case double?[] numbers: numbers[row] = value.GetDouble(); break;
                case bool?[] flags: flags[row] = value.GetBoolean(); break;
                case string[] texts: texts[row] = _columns.Columns[column].Kind == ColumnKind.Text ? value.GetString()! : value.GetRawText(); break;
            }
        }
    }
}
