using System.IO.Compression;
using System.Text;
using StreamInference.Files.Reading;
using ZstdSharp;

namespace StreamInference.Files.Tests;

/// <summary>A row as a test looks at it.</summary>
internal sealed record ReadRow(string Value, long Line, string? Error);

/// <summary>Files of a test in a folder of its own.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("files-test-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], Path.GetExtension(name) switch
        {
            ".gz" => Gzip(content),
            ".zst" => new Compressor().Wrap(content).ToArray(),
            _ => content,
        });
        return this[name];
    }

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public static byte[] Gzip(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest)) gzip.Write(content);
        return compressed.ToArray();
    }

    public string[] Names() => [.. Directory.GetFiles(_path).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_path, recursive: true);
}

internal static class Rows
{
    public static List<ReadRow> Read(string path, RowReaderOptions? options = null)
    {
        using IRowReader reader = RowReaders.Open(path, options ?? new RowReaderOptions(1 << 16));
        RowBlock block = new(_ => { });
        List<ReadRow> rows = [];
        while (true)
        {
            block.Reset();
            if (!reader.Read(block)) return rows;
            for (int index = 0; index < block.Count; index++)
                rows.Add(new ReadRow(Encoding.UTF8.GetString(block.Value(index)), block.Line(index), block.Error(index)?.Code));
        }
    }

    public static string[] Values(string path, RowReaderOptions? options = null) => [.. Read(path, options).Select(row => row.Error ?? row.Value)];
}
