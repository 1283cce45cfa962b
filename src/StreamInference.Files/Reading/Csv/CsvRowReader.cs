using System.Text;
using System.Text.Unicode;
using StreamInference.Records;

namespace StreamInference.Files.Reading.Csv;

/// <summary>
/// CSV with a header line: each row becomes a JSON object. A number keeps its digits, <c>true</c> and <c>false</c> are booleans, an empty
/// unquoted field is null; all else, and all that is quoted, is a text.
/// </summary>
internal sealed class CsvRowReader : IRowReader
{
    private readonly CsvBuffer _buffer;
    private readonly CsvScanner _scanner;
    private readonly RowReaderOptions _options;
    private readonly CsvValueWriter _values = new();
    private RowPlan? _plan;
    private int _columns;
    private long _line = 1;

    public CsvRowReader(ByteFeed feed, byte delimiter, RowReaderOptions options)
    {
        _buffer = new CsvBuffer(feed, Math.Max(options.BlockBytes, options.MaxRecordBytes + 4096));
        _scanner = new CsvScanner(delimiter);
        _options = options;
    }

    public bool Read(RowBlock block)
    {
        _plan ??= ReadHeader();
        while (block.Count < _options.BlockRows && block.Length < _options.BlockBytes && !_buffer.IsEmpty)
        {
            CsvScan outcome = _scanner.Scan(_buffer.Bytes, _buffer.Start, _buffer.IsLast, out int end);
            if (outcome is CsvScan.Incomplete or CsvScan.OpenQuote && !_buffer.IsLast && !_buffer.IsFull) _buffer.Refill();
            else TakeRow(block, outcome, end);
        }

        return block.Count > 0;
    }

    public void Dispose() => _buffer.Dispose();

    private RowPlan ReadHeader()
    {
        _buffer.Refill();
        CsvScan outcome = _scanner.Scan(_buffer.Bytes, 0, _buffer.IsLast, out int end);
        if (_buffer.Bytes.IsEmpty) throw new FileFailureException(_buffer.Path, "is empty: a CSV file starts with a header", _line);
        if (outcome != CsvScan.Row) throw new FileFailureException(_buffer.Path, "the header does not end, or a quote in it is not closed", _line);
        ReadOnlySpan<byte> header = _buffer.Bytes[..end];
        if (header.Contains((byte)0)) throw new FileFailureException(_buffer.Path, "the header holds a NUL byte: is this UTF-8 text?", _line);
        if (!Utf8.IsValid(header)) throw new FileFailureException(_buffer.Path, "the header is not UTF-8", _line);
        string[] names = [.. _scanner.Fields.Select(NameOf)];
        _columns = names.Length;
        Advance(end);
        try
        {
            return RowPlan.Of(names.Select(RowPlan.PathOf));
        }
        catch (ArgumentException exception)
        {
            throw new FileFailureException(_buffer.Path, $"in the header {exception.Message}", 1, exception);
        }
    }

    private string NameOf(CsvField field)
    {
        string text = Encoding.UTF8.GetString(_buffer.Bytes.Slice(field.Start, field.Length));
        return field.HasEscapes ? text.Replace("\"\"", "\"", StringComparison.Ordinal) : text;
    }

    private void TakeRow(RowBlock block, CsvScan outcome, int end)
    {
        switch (outcome)
        {
            case CsvScan.Row:
                ReadOnlySpan<byte> row = _buffer.Bytes[_buffer.Start..end];
                if (Refuse(row) is { } error) AddError(block, row, error);
                else if (!IsBlank()) WriteRow(block);
                Advance(end);
                return;
            case CsvScan.Malformed:
                AddError(block, _buffer.Bytes[_buffer.Start..end], Malformed("Something stands behind a closing quote."));
                Advance(end);
                return;
            default:
                TakeEndless(block, outcome);
                return;
        }
    }

    private RecordError? Refuse(ReadOnlySpan<byte> row)
    {
        if (IsBlank()) return null;
        if (row.Contains((byte)0)) return Malformed("The row holds a NUL byte.");
        if (_scanner.Fields.Count != _columns) return Malformed($"The row has {_scanner.Fields.Count} fields, the header has {_columns}.");
        return Utf8.IsValid(row) ? null : new RecordError(RecordErrorCodes.InvalidEncoding, "The row is not UTF-8.");
    }

    private bool IsBlank() => _scanner.Fields is [{ Length: 0, IsQuoted: false }];

    private void WriteRow(RowBlock block)
    {
        int start = block.Length;
        foreach ((byte[] before, int column) in _plan!.Steps)
        {
            before.CopyTo(block.GetSpan(before.Length));
            block.Advance(before.Length);
            _values.Write(_buffer.Bytes, _scanner.Fields[column], block);
        }

        _plan.End.CopyTo(block.GetSpan(_plan.End.Length));
        block.Advance(_plan.End.Length);
        block.Add(start, block.Length, _line);
    }

    /// <summary>
    /// A row without an end: a quote that nobody closes swallows what follows it, so only its first line is given up, and reading goes on behind.
    /// </summary>
    private void TakeEndless(RowBlock block, CsvScan outcome)
    {
        ReadOnlySpan<byte> rest = _buffer.Bytes[_buffer.Start..];
        int line = rest.IndexOf((byte)'\n');
        if (outcome == CsvScan.OpenQuote && line >= 0)
        {
            AddError(block, rest[..line], Malformed("A quote is never closed."));
            Advance(_buffer.Start + line + 1);
            return;
        }

        RecordError error = outcome == CsvScan.OpenQuote && _buffer.IsLast
            ? Malformed("A quote is never closed.")
            : new RecordError(RecordErrorCodes.RecordTooLarge, $"The row is longer than {rest.Length} bytes.");
        AddError(block, _buffer.IsLast ? rest : [], error);
        SkipLine();
    }

    private void SkipLine()
    {
        while (true)
        {
            int line = _buffer.Bytes[_buffer.Start..].IndexOf((byte)'\n');
            if (line >= 0 || _buffer.IsLast)
            {
                Advance(line < 0 ? _buffer.Bytes.Length : _buffer.Start + line + 1);
                return;
            }

            _buffer.Start = _buffer.Bytes.Length;
            _buffer.Refill();
        }
    }

    private void AddError(RowBlock block, ReadOnlySpan<byte> row, RecordError error)
    {
        int start = block.Length;
        row = row.TrimEnd("\r\n"u8);
        row.CopyTo(block.GetSpan(row.Length));
        block.Advance(row.Length);
        block.AddError(start, block.Length, _line, error);
    }

    private void Advance(int end)
    {
        _line += _buffer.Bytes[_buffer.Start..end].Count((byte)'\n');
        _buffer.Start = end;
    }

    private static RecordError Malformed(string detail) => new(RecordErrorCodes.MalformedRow, detail);
}
