using Parquet;
using Parquet.Schema;

namespace StreamInference.Files.Reading.Parquet;

/// <summary>
/// Parquet: the columns of a row group are read at once, so memory follows the largest row group. Groups (structs) become objects; lists and
/// maps have no place in a row and are left out, with a warning.
/// </summary>
internal sealed class ParquetRowReader : IRowReader
{
    private readonly string _path;
    private readonly RowReaderOptions _options;
    private readonly FileStream _file;
    private readonly ParquetReader _reader;
    private readonly ParquetColumn[] _columns;
    private readonly RowPlan _plan;
    private ParquetRowGroupReader? _group;
    private int _nextGroup;
    private int _nextRow;
    private long _line = 1;

    public ParquetRowReader(string path, RowReaderOptions options)
    {
        _path = path;
        _options = options;
        _file = Open(path);
        try
        {
            (_reader, DataField[] schema) = Guard(
                () =>
                {
                    ParquetReader reader = ParquetReader.CreateAsync(_file, null, leaveStreamOpen: true).GetAwaiter().GetResult();
                    // Decoded when it is first asked for.
                    return (reader, reader.Schema.DataFields);
                },
                "is not a Parquet file, or its footer is broken");
            (DataField Field, ParquetColumn? Column)[] fields = [.. schema.Select(field => (field, ParquetColumn.Of(field)))];
            foreach ((DataField field, ParquetColumn? column) in fields)
                if (column is null) options.Warn?.Invoke($"{path}: column {field.Path} is left out: a {field.ClrType.Name}{(field.MaxRepetitionLevel > 0 ? " list" : "")} is no value of a row");
            _columns = [.. fields.Where(field => field.Column is not null).Select(field => field.Column!)];
            _plan = Plan([.. fields.Where(field => field.Column is not null).Select(field => field.Field)]);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public bool Read(RowBlock block)
    {
        while (_group is null || _nextRow == _group.RowCount)
        {
            if (_nextGroup == _reader.RowGroupCount) return false;
            LoadGroup();
        }

        long last = Math.Min(_group.RowCount, _nextRow + _options.BlockRows);
        while (_nextRow < last && block.Length < _options.BlockBytes) WriteRow(block, _nextRow++);
        return true;
    }

    public void Dispose()
    {
        _group?.Dispose();
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _file.Dispose();
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FileFailureException(path, exception.Message, inner: exception) { IsUsage = true };
        }
    }

    private RowPlan Plan(DataField[] fields)
    {
        try
        {
            return RowPlan.Of(fields.Select(field => field.Path.Length == 1 ? RowPlan.PathOf(field.Name) : [.. field.Path.ToList()]));
        }
        catch (ArgumentException exception)
        {
            throw new FileFailureException(_path, $"in the schema {exception.Message}", inner: exception);
        }
    }

    private void LoadGroup()
    {
        int number = _nextGroup++;
        _group?.Dispose();
        _nextRow = 0;
        _group = Guard(
            () =>
            {
                ParquetRowGroupReader group = _reader.OpenRowGroupReader(number);
                foreach (ParquetColumn column in _columns) column.Load(group);
                return group;
            },
            $"row group {number + 1} of {_reader.RowGroupCount} cannot be read");
    }

    private void WriteRow(RowBlock block, int row)
    {
        int start = block.Length;
        foreach ((byte[] before, int column) in _plan.Steps)
        {
            before.CopyTo(block.GetSpan(before.Length));
            block.Advance(before.Length);
            _columns[column].Write(row, block);
        }

        _plan.End.CopyTo(block.GetSpan(_plan.End.Length));
        block.Advance(_plan.End.Length);
        block.Add(start, block.Length, _line++);
    }

    // A broken file shows in any of the library's layers, so whatever it throws is the file's fault; some broken footers it never stops reading.
    private T Guard<T>(Func<T> read, string problem)
    {
        try
        {
            return Task.Run(read).WaitAsync(_options.ParquetLimit).GetAwaiter().GetResult();
        }
#pragma warning disable CA1031 // see above
        catch (Exception exception)
#pragma warning restore CA1031
        {
            throw new FileFailureException(_path, $"{problem} ({exception.Message})", inner: exception);
        }
    }
}
