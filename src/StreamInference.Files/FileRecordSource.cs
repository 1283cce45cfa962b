using StreamInference.Files.Reading;
using StreamInference.Records;
using StreamInference.Sources;

namespace StreamInference.Files;

/// <summary>
/// The rows of files, one file after the other, as the records of one partition: the offset of a row is its number in the whole job. A file that
/// cannot be read further ends the source: what was read before it is still scored.
/// </summary>
internal sealed class FileRecordSource : IRecordSource
{
    /// <summary>The topic of the rows' records.</summary>
    public const string Topic = "files";

    private readonly IReadOnlyList<string> _files;
    private readonly RowReaderOptions _options;
    private readonly FieldKey? _key;
    private readonly Action<FileFailureException> _failed;

    // Owned by the worker loop.
    private readonly Stack<RowBlock> _free = new();
    private readonly PartitionAssignment _assignment = new(Topic, 0);
    private IPartitionListener? _listener;
    private bool _isAssigned;
    private bool _isPaused;
    private IRowReader? _reader;
    private FilePosition _next;
    private long _rowsToSkip;
    private RowBlock? _block;
    private int _taken;

    // Set by any thread; a poll that has nothing to read waits for it.
    private readonly AutoResetEvent _wake = new(false);

    /// <param name="files">The files.</param>
    /// <param name="options">How they are read.</param>
    /// <param name="key">The field that is the key; null for none.</param>
    /// <param name="start">Where to start: where an earlier run of the job has stopped.</param>
    /// <param name="failed">Gets the failure of the file at which the source ended.</param>
    public FileRecordSource(IReadOnlyList<string> files, RowReaderOptions options, FieldKey? key, FilePosition start, Action<FileFailureException> failed)
    {
        _files = files;
        _options = options;
        _key = key;
        _failed = failed;
        _next = start with { Row = 0, Offset = start.Offset - start.Row };
        _rowsToSkip = start.Row;
    }

    /// <inheritdoc/>
    public bool IsExhausted { get; private set; }

    /// <inheritdoc/>
    public long Lag => -1;

    /// <inheritdoc/>
    public void Start(IPartitionListener listener) => _listener = listener;

    /// <inheritdoc/>
    public RecordLease? Poll(TimeSpan wait, int maxRecords, List<StreamRecord> into)
    {
        if (!_isAssigned)
        {
            _isAssigned = true;
            _listener!.OnAssigned([_assignment]);
        }

        if (_isPaused || (_block is null && !ReadBlock()))
        {
            if (wait > TimeSpan.Zero) _wake.WaitOne(wait);
            return null;
        }

        return Take(maxRecords, into);
    }

    /// <inheritdoc/>
    public void Pause() => _isPaused = true;

    /// <inheritdoc/>
    public void Resume() => _isPaused = false;

    /// <inheritdoc/>
    public void Wake() => _wake.Set();

    /// <inheritdoc/>
    public void Close()
    {
        if (!_isAssigned || !_assignment.IsActive) return;
        _listener!.OnRevoked([_assignment]);
        _assignment.Deactivate();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _wake.Dispose();
    }

    private RowBlock Take(int maxRecords, List<StreamRecord> into)
    {
        RowBlock block = _block!;
        int end = Math.Min(block.Count, _taken + maxRecords);
        for (; _taken < end; _taken++) into.Add(new StreamRecord(block, _taken, _assignment, block.FirstOffset + _taken, timestamp: -1));
        // The source's own hold goes with the last rows; until then the caller gets one beside it.
        if (_taken < block.Count) block.Retain();
        else _block = null;
        return block;
    }

    private bool ReadBlock()
    {
        if (IsExhausted) return false;
        try
        {
            RowBlock block = _free.TryPop(out RowBlock? free) ? free : new RowBlock(_free.Push);
            while (_next.File < _files.Count)
            {
                if (ReadFrom(_next.File, block)) return true;
                _reader!.Dispose();
                _reader = null;
                _next = _next with { File = _next.File + 1, Row = 0 };
            }
        }
        catch (FileFailureException failure)
        {
            _failed(failure);
        }

        IsExhausted = true;
        _listener!.OnEnded(_assignment, _next.Offset);
        return false;
    }

    private bool ReadFrom(int file, RowBlock block)
    {
        _reader ??= RowReaders.Open(_files[file], _options);
        do
        {
            block.Reset();
            if (!_reader.Read(block)) return false;
            _key?.Apply(block);
            block.Place(file, _next.Row, _next.Offset);
            _next = _next with { Row = _next.Row + block.Count, Offset = _next.Offset + block.Count };
            _taken = (int)Math.Min(_rowsToSkip, block.Count);
            _rowsToSkip -= _taken;
        }
        while (_taken == block.Count);
        _block = block;
        return true;
    }
}
