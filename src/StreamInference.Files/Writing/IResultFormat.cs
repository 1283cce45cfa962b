namespace StreamInference.Files.Writing;

/// <summary>Writes chunks of results. The bytes of a chunk depend on it and on the chunks before it, never on when it is written.</summary>
internal interface IResultFormat
{
    /// <summary>What a later run must know to go on: the columns, where the format has some. Null before the first chunk.</summary>
    string? State { get; }

    /// <summary>Whether a chunk of this size goes out.</summary>
    bool IsFull(ResultChunk chunk);

    /// <summary>Appends a chunk at the end of <paramref name="output"/>.</summary>
    void Append(ResultChunk chunk, FileStream output);

    /// <summary>Writes what the file needs when nothing was appended at all: headers.</summary>
    void AppendNothing(FileStream output);

    /// <summary>The bytes at the file's end that the next chunk writes over; a run that goes on puts them back first.</summary>
    byte[] ReadTail(FileStream output);
}

/// <summary>Names of the columns that say where a result comes from.</summary>
internal static class SourceColumns
{
    /// <summary>The file's name.</summary>
    public const string File = "si_file";

    /// <summary>The row in the file, from 0; headers and empty lines are no rows.</summary>
    public const string Row = "si_row";

    /// <summary>The row's key; there where the job has one.</summary>
    public const string Key = "si_key";

    /// <summary>Members of a result that fit no column, as a JSON object.</summary>
    public const string Extra = "si_extra";
}
