using System.Text.Unicode;
using StreamInference.Records;

namespace StreamInference.Files.Reading;

/// <summary>
/// JSON Lines: each line is a row as it stands; empty lines are none. The bytes of the file are the bytes of the records: nothing is parsed or
/// copied but the line that a block ends in.
/// </summary>
internal sealed class JsonLinesReader : IRowReader
{
    private readonly ByteFeed _feed;
    private readonly int _blockBytes;
    private readonly int _blockRows;
    private byte[] _carry;
    private int _carried;
    private long _line = 1;
    private bool _isAtEnd;

    public JsonLinesReader(ByteFeed feed, RowReaderOptions options)
    {
        _feed = feed;
        // A row that the pipeline takes always fits, so one that fills a block is too large.
        _blockBytes = Math.Max(options.BlockBytes, options.MaxRecordBytes + 4096);
        _blockRows = options.BlockRows;
        _carry = new byte[4096];
    }

    public bool Read(RowBlock block)
    {
        while (!_isAtEnd || _carried > 0)
        {
            int length = Fill(block);
            int at = TakeLines(block, length);
            if (at == 0 && !_isAtEnd) at = TakeTooLarge(block, length);
            Carry(block, at, length);
            if (block.Count == 0) block.Truncate(0);
            else return CheckEncoding(block, at);
        }

        return false;
    }

    public void Dispose() => _feed.Dispose();

    private int Fill(RowBlock block)
    {
        Span<byte> bytes = block.GetSpan(_blockBytes)[.._blockBytes];
        _carry.AsSpan(0, _carried).CopyTo(bytes);
        int length = _carried;
        if (!_isAtEnd)
        {
            int read = _feed.Read(bytes[length..]);
            _isAtEnd = read < bytes.Length - length;
            length += read;
        }

        block.Advance(length);
        return length;
    }

    /// <summary>Takes the whole lines; returns where the rest starts.</summary>
    private int TakeLines(RowBlock block, int length)
    {
        Span<byte> bytes = block.Written;
        int at = 0;
        while (at < length && block.Count < _blockRows)
        {
            int line = bytes[at..length].IndexOf((byte)'\n');
            if (line < 0 && !_isAtEnd) break;
            int end = line < 0 ? length : at + line;
            Add(block, bytes, at, end);
            at = line < 0 ? length : end + 1;
            _line++;
        }

        return at;
    }

    private void Add(RowBlock block, ReadOnlySpan<byte> bytes, int start, int end)
    {
        if (end > start && bytes[end - 1] == '\r') end--;
        if (end == start || bytes[start..end].IndexOfAnyExcept((byte)' ', (byte)'\t') < 0) return;
        block.Add(start, end, _line);
    }

    /// <summary>Notes a line that fills the whole block and passes over its end.</summary>
    private int TakeTooLarge(RowBlock block, int length)
    {
        block.AddError(0, 0, _line, new RecordError(RecordErrorCodes.RecordTooLarge, $"The line is longer than {_blockBytes} bytes."));
        _line++;
        while (true)
        {
            int read = _feed.Read(block.Written);
            int end = block.Written[..read].IndexOf((byte)'\n');
            if (end >= 0)
            {
                // What follows the line is the block's rest: it moves to its end, where the caller carries it from.
                int rest = read - end - 1;
                block.Written.Slice(end + 1, rest).CopyTo(block.Written[(length - rest)..]);
                return length - rest;
            }

            if (read == length) continue;
            _isAtEnd = true;
            return length;
        }
    }

    private void Carry(RowBlock block, int at, int length)
    {
        _carried = length - at;
        if (_carried > _carry.Length) _carry = new byte[Math.Max(_carried, _carry.Length * 2)];
        block.Written[at..length].CopyTo(_carry);
    }

    private static bool CheckEncoding(RowBlock block, int end)
    {
        if (Utf8.IsValid(block.Written[..end])) return true;
        block.RefuseRows(static value => Utf8.IsValid(value), new RecordError(RecordErrorCodes.InvalidEncoding, "The line is not UTF-8."));
        return true;
    }
}
