using StreamInference.Files.Reading;
using StreamInference.Records;

namespace StreamInference.Files.Writing;

/// <summary>Where a job writes, and what may stand there already.</summary>
/// <param name="Path">The results.</param>
/// <param name="Job">Fingerprint of the job.</param>
/// <param name="Files">The inputs.</param>
/// <param name="HasKey">Whether rows have keys.</param>
/// <param name="Overwrite">Whether a finished output may be replaced.</param>
internal sealed record ResultFileOptions(string Path, string Job, IReadOnlyList<string> Files, bool HasKey, bool Overwrite)
{
    /// <summary>Bytes of results in a piece of a text file.</summary>
    public int ChunkBytes { get; init; } = 8 << 20;

    /// <summary>Results in a row group of a Parquet file.</summary>
    public int ChunkRows { get; init; } = 131_072;
}

/// <summary>
/// Results of a job and its dead letters, under temporary names until all is there. Each checkpoint makes what was written durable, then the
/// journal that says so; a run that goes on cuts both files back to the journal. Owned by the worker loop.
/// </summary>
internal sealed class ResultFile : IDisposable
{
    private readonly ResultFileOptions _options;
    private readonly FileJournal _journal;
    private readonly FileStream _output;
    private readonly DeadLetterFile _deadLetters;
    private readonly IResultFormat _format;
    private readonly ResultChunk _chunk = new();
    private readonly Dictionary<string, long> _codes;
    private FilePosition _next;
    private long _results;

    /// <summary>Opens the files, and goes on where an earlier run of the same job stopped.</summary>
    /// <exception cref="FileFailureException">The output exists, cannot be written, or another run writes it.</exception>
    public ResultFile(ResultFileOptions options)
    {
        _options = options;
        FileKind kind = FileKind.Of(options.Path);
        _journal = new FileJournal(JournalPath(options.Path));
        JournalEntry? entry = _journal.Read() is { } found && found.Job == options.Job && File.Exists(Partial(options.Path)) ? found : null;
        if (entry is null && File.Exists(options.Path) && !options.Overwrite)
            throw new FileFailureException(options.Path, "exists already; --overwrite replaces it") { IsUsage = true };
        _output = Open(Partial(options.Path));
        try
        {
            FileStream deadLetters = Open(Partial(DeadLetterPath(options.Path)));
            _deadLetters = new DeadLetterFile(options.Files, deadLetters);
            Restore(entry, deadLetters);
        }
        catch
        {
            _output.Dispose();
            throw;
        }

        ResumedFrom = _next = entry?.Next ?? default;
        _results = entry?.Results ?? 0;
        _codes = entry?.DeadLetters ?? [];
        _format = kind.Format switch
        {
            FileFormat.JsonLines => new JsonLinesFormat(options.Files, options.HasKey, kind.Compression, options.ChunkBytes),
            FileFormat.Csv => new CsvFormat(options.Files, options.HasKey, kind, options.ChunkBytes, entry?.FormatState),
            _ => new ParquetFormat(options.Files, options.HasKey, options.ChunkRows, entry?.FormatState),
        };
    }

    /// <summary>Where the job goes on.</summary>
    public FilePosition ResumedFrom { get; }

    /// <summary>Results so far.</summary>
    public long Results => _results;

    /// <summary>Dead letters so far, by code.</summary>
    public IReadOnlyDictionary<string, long> DeadLetters => _codes;

    /// <summary>Where dead letters of an output go.</summary>
    public static string DeadLetterPath(string output) => output + ".dead-letters.jsonl";

    /// <summary>Takes the result of a row. Rows come in order.</summary>
    public void Add(RowBlock block, int index, ReadOnlySpan<byte> value)
    {
        _chunk.Add(block.File, block.FirstRow + index, _options.HasKey && block.HasKey(index), block.Key(index), value);
        _results++;
        Pass(block, index);
    }

    /// <summary>Takes the failure of a row.</summary>
    public void AddFailure(RowBlock block, int index, RecordError error)
    {
        _deadLetters.Write(block, index, error);
        _codes[error.Code] = _codes.GetValueOrDefault(error.Code) + 1;
        Pass(block, index);
    }

    /// <summary>Writes the chunk and the journal if the chunk is full. Called only where a later run can begin: behind a batch.</summary>
    public void CheckpointIfFull()
    {
        if (_format.IsFull(_chunk)) Checkpoint(isComplete: false);
    }

    /// <summary>Writes what is left and gives the files their names.</summary>
    public void Finish()
    {
        if (_results == 0) _format.AppendNothing(_output);
        Checkpoint(isComplete: true);
        Dispose();
        Publish(_options.Path, _codes.Count > 0);
    }

    /// <summary>
    /// Brings a run of the same job to its end that had written everything and was stopped while it gave the files their names. Null where there was none.
    /// </summary>
    public static JournalEntry? FinishEarlier(string path, string job)
    {
        if (new FileJournal(JournalPath(path)).Read() is not { IsComplete: true } entry || entry.Job != job) return null;
        Publish(path, entry.DeadLetters.Count > 0);
        return entry;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deadLetters.Dispose();
        _output.Dispose();
    }

    private static string Partial(string path) => path + ".partial";

    private static string JournalPath(string path) => path + ".journal";

    // Each step may have been done by a run that was stopped behind it.
    private static void Publish(string path, bool hasDeadLetters)
    {
        string deadLetters = DeadLetterPath(path);
        if (!hasDeadLetters)
        {
            File.Delete(Partial(deadLetters));
            File.Delete(deadLetters);
        }

        foreach (string name in new[] { deadLetters, path })
            if (File.Exists(Partial(name))) File.Move(Partial(name), name, overwrite: true);
        Folders.Sync(path);
        new FileJournal(JournalPath(path)).Delete();
    }

    private void Checkpoint(bool isComplete)
    {
        if (_chunk.Count > 0) _format.Append(_chunk, _output);
        _chunk.Clear();
        _output.Flush(flushToDisk: true);
        _deadLetters.Flush();
        byte[] tail = _format.ReadTail(_output);
        _journal.Write(new JournalEntry(_options.Job, _next, _output.Length - tail.Length, tail, _deadLetters.Length, _results, _codes, _format.State, isComplete));
    }

    private void Pass(RowBlock block, int index) => _next = new FilePosition(block.File, block.FirstRow + index + 1, block.FirstOffset + index + 1);

    private void Restore(JournalEntry? entry, FileStream deadLetters)
    {
        deadLetters.SetLength(entry?.DeadLetterLength ?? 0);
        deadLetters.Seek(0, SeekOrigin.End);
        _output.SetLength(entry?.OutputLength ?? 0);
        _output.Seek(0, SeekOrigin.End);
        if (entry is not null) _output.Write(entry.Tail);
    }

    private static FileStream Open(string path)
    {
        try
        {
            // Shared with nobody: a second run of the same job must not write into this one's files.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FileFailureException(path, exception.Message, inner: exception) { IsUsage = true };
        }
    }
}
