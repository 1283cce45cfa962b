namespace StreamInference.Files;

/// <summary>How rows lie in a file.</summary>
public enum FileFormat
{
    /// <summary>A JSON object a line (<c>.jsonl</c>, <c>.ndjson</c>).</summary>
    JsonLines,

    /// <summary>RFC 4180 with a header line (<c>.csv</c>, with tabs <c>.tsv</c>).</summary>
    Csv,

    /// <summary>Apache Parquet (<c>.parquet</c>).</summary>
    Parquet,
}

/// <summary>How the bytes of a text file are compressed; Parquet compresses inside.</summary>
public enum FileCompression
{
    /// <summary>Not.</summary>
    None,

    /// <summary>RFC 1952 (<c>.gz</c>).</summary>
    Gzip,

    /// <summary>RFC 8878 (<c>.zst</c>).</summary>
    Zstd,
}

/// <summary>What a file's name says about its content.</summary>
/// <param name="Format">How rows lie in it.</param>
/// <param name="Compression">How it is compressed.</param>
/// <param name="Delimiter">What separates the fields of a CSV file.</param>
public sealed record FileKind(FileFormat Format, FileCompression Compression, byte Delimiter = (byte)',')
{
    private const string Known = ".jsonl, .ndjson, .csv and .tsv (each also with .gz or .zst), and .parquet";

    /// <summary>Reads the endings of a name.</summary>
    /// <exception cref="FileFailureException">No format has this ending.</exception>
    public static FileKind Of(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        FileCompression compression = Path.GetExtension(name) switch
        {
            ".gz" => FileCompression.Gzip,
            ".zst" => FileCompression.Zstd,
            _ => FileCompression.None,
        };
        string inner = compression == FileCompression.None ? name : Path.GetFileNameWithoutExtension(name);
        return Path.GetExtension(inner) switch
        {
            ".jsonl" or ".ndjson" => new FileKind(FileFormat.JsonLines, compression),
            ".csv" => new FileKind(FileFormat.Csv, compression),
            ".tsv" => new FileKind(FileFormat.Csv, compression, (byte)'\t'),
            ".parquet" when compression == FileCompression.None => new FileKind(FileFormat.Parquet, compression),
            _ => throw new FileFailureException(path, $"the name's ending says no format; known are {Known}") { IsUsage = true },
        };
    }
}
