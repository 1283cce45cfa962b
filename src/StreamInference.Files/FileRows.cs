using StreamInference.Files.Reading;

namespace StreamInference.Files;

/// <summary>A row of a file.</summary>
/// <param name="Number">Its number in the file, from 0.</param>
/// <param name="Line">The line where it starts, from 1.</param>
/// <param name="Json">The row as a JSON object; valid until the next row.</param>
/// <param name="Error">The code of what is wrong with it; null when it is whole.</param>
public readonly record struct FileRow(long Number, long Line, ReadOnlyMemory<byte> Json, string? Error);

/// <summary>Reads the rows of a file of any format, outside a pipeline.</summary>
public static class FileRows
{
    private const int MaxRowBytes = 16 << 20;

    /// <summary>Goes over the rows of a file.</summary>
    /// <exception cref="FileFailureException">It cannot be read, or not further.</exception>
    public static IEnumerable<FileRow> Read(string path)
    {
        using IRowReader reader = RowReaders.Open(path, new RowReaderOptions(MaxRowBytes));
        RowBlock block = new(_ => { });
        long number = 0;
        while (true)
        {
            block.Reset();
            if (!reader.Read(block)) yield break;
            for (int index = 0; index < block.Count; index++) yield return new FileRow(number++, block.Line(index), block.ValueMemory(index), block.Error(index)?.Code);
        }
    }
}
