using System.Buffers;

namespace StreamInference.Files.Reading.Csv;

/// <summary>One field of a row: its content without quotes.</summary>
/// <param name="Start">Where it starts in the scanned bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsQuoted">Whether it stood in quotes: it is a text then, whatever it looks like.</param>
/// <param name="HasEscapes">Whether it holds doubled quotes.</param>
internal readonly record struct CsvField(int Start, int Length, bool IsQuoted, bool HasEscapes);

/// <summary>How a scan of a row ended.</summary>
internal enum CsvScan
{
    /// <summary>The row is whole.</summary>
    Row,

    /// <summary>The bytes end inside the row.</summary>
    Incomplete,

    /// <summary>The bytes end inside quotes.</summary>
    OpenQuote,

    /// <summary>Something stands behind a closing quote.</summary>
    Malformed,
}

/// <summary>Splits rows into fields (RFC 4180). A quote inside an unquoted field is a character like any other, as most readers have it.</summary>
internal sealed class CsvScanner
{
    private readonly byte _delimiter;
    private readonly SearchValues<byte> _ends;
    private bool _endsRow;

    public CsvScanner(byte delimiter)
    {
        _delimiter = delimiter;
        _ends = SearchValues.Create([delimiter, (byte)'\n']);
    }

    /// <summary>The fields of the last scanned row.</summary>
    public List<CsvField> Fields { get; } = [];

    /// <summary>Scans the row at <paramref name="start"/>.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="start">Where the row starts.</param>
    /// <param name="isLast">Whether the file ends with the bytes, and so with it the row.</param>
    /// <param name="end">Where the next row starts, if the row is whole or malformed.</param>
    public CsvScan Scan(ReadOnlySpan<byte> bytes, int start, bool isLast, out int end)
    {
        Fields.Clear();
        end = start;
        int at = start;
        while (true)
        {
            CsvScan outcome = at < bytes.Length && bytes[at] == '"' ? ScanQuoted(bytes, ref at, isLast) : ScanPlain(bytes, ref at, isLast);
            if (outcome == CsvScan.Malformed) end = EndOfLine(bytes, at);
            if (outcome != CsvScan.Row) return outcome;
            end = at;
            if (_endsRow) return CsvScan.Row;
        }
    }

    private CsvScan ScanPlain(ReadOnlySpan<byte> bytes, ref int at, bool isLast)
    {
        int length = bytes[at..].IndexOfAny(_ends);
        if (length < 0)
        {
            if (!isLast) return CsvScan.Incomplete;
            length = bytes.Length - at;
        }

        int stop = at + length;
        _endsRow = stop == bytes.Length || bytes[stop] == '\n';
        int contentEnd = _endsRow && length > 0 && bytes[stop - 1] == '\r' ? stop - 1 : stop;
        Fields.Add(new CsvField(at, contentEnd - at, false, false));
        at = Math.Min(stop + 1, bytes.Length);
        return CsvScan.Row;
    }

    private CsvScan ScanQuoted(ReadOnlySpan<byte> bytes, ref int at, bool isLast)
    {
        int content = at + 1;
        int from = content;
        bool hasEscapes = false;
        while (true)
        {
            int quote = bytes[from..].IndexOf((byte)'"');
            if (quote < 0) return CsvScan.OpenQuote;
            from += quote + 1;
            if (from == bytes.Length && !isLast) return CsvScan.Incomplete;
            if (from == bytes.Length || bytes[from] != '"') break;
            hasEscapes = true;
            from++;
        }

        Fields.Add(new CsvField(content, from - 1 - content, true, hasEscapes));
        return Close(bytes, from, ref at, isLast);
    }

    /// <summary>Takes what follows a closing quote.</summary>
    private CsvScan Close(ReadOnlySpan<byte> bytes, int from, ref int at, bool isLast)
    {
        int next = from;
        if (next < bytes.Length && bytes[next] == '\r') next++;
        if (next == bytes.Length && !isLast) return CsvScan.Incomplete;
        _endsRow = next == bytes.Length || bytes[next] == '\n';
        if (!_endsRow && (next > from || bytes[next] != _delimiter))
        {
            at = from;
            return CsvScan.Malformed;
        }

        at = Math.Min(next + 1, bytes.Length);
        return CsvScan.Row;
    }

    private static int EndOfLine(ReadOnlySpan<byte> bytes, int from)
    {
        int line = bytes[from..].IndexOf((byte)'\n');
        return line < 0 ? bytes.Length : from + line + 1;
    }
}
