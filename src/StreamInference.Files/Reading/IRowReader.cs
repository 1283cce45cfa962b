namespace StreamInference.Files.Reading;

/// <summary>Reads the rows of one file, in order, as JSON values. Called by the worker loop only.</summary>
internal interface IRowReader : IDisposable
{
    /// <summary>Appends the next rows to an empty block: some, not necessarily all that fit.</summary>
    /// <returns>False at the end of the file; the block is then empty.</returns>
    /// <exception cref="FileFailureException">The file cannot be read further.</exception>
    bool Read(RowBlock block);
}

/// <summary>What the readers of a job have in common.</summary>
/// <param name="MaxRecordBytes">The largest row that the pipeline takes; a larger one is not kept.</param>
/// <param name="Delimiter">What separates the fields of CSV files; null: what each file's name says.</param>
internal sealed record RowReaderOptions(int MaxRecordBytes, byte? Delimiter = null)
{
    /// <summary>Bytes after which a block is full.</summary>
    public int BlockBytes { get; init; } = 1 << 20;

    /// <summary>Rows after which a block is full.</summary>
    public int BlockRows { get; init; } = 8192;

    /// <summary>How long the footer or a row group of a Parquet file may take to read.</summary>
    public TimeSpan ParquetLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets what a reader leaves out without failing (columns of types without a JSON value).</summary>
    public Action<string>? Warn { get; init; }
}

/// <summary>Opens readers.</summary>
internal static class RowReaders
{
    /// <summary>Opens a file by what its name says.</summary>
    /// <exception cref="FileFailureException">It cannot be opened, or is not what its name says.</exception>
    public static IRowReader Open(string path, RowReaderOptions options)
    {
        FileKind kind = FileKind.Of(path);
        return kind.Format switch
        {
            FileFormat.JsonLines => new JsonLinesReader(ByteFeed.Open(path, kind.Compression), options),
            FileFormat.Csv => new Csv.CsvRowReader(ByteFeed.Open(path, kind.Compression), options.Delimiter ?? kind.Delimiter, options),
            _ => new Parquet.ParquetRowReader(path, options),
        };
    }
}
