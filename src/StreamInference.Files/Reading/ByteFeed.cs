using ZstdSharp;

namespace StreamInference.Files.Reading;

/// <summary>The decompressed bytes of a text file. What goes wrong below it becomes a message with the file's name.</summary>
internal sealed class ByteFeed : IDisposable
{
    private static readonly byte[] Gzip = [0x1f, 0x8b];
    private static readonly byte[] Zstd = [0x28, 0xb5, 0x2f, 0xfd];
    private static readonly byte[] Utf8Mark = [0xef, 0xbb, 0xbf];

    private readonly Stream _stream;
    private readonly byte[] _head = new byte[4];
    private int _headStart;
    private int _headLength;

    private ByteFeed(string path, Stream stream)
    {
        Path = path;
        _stream = stream;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Opens a file, and checks that it holds text compressed as its name says; a byte order mark is passed over.</summary>
    /// <exception cref="FileFailureException">It cannot be opened, or is something else.</exception>
    public static ByteFeed Open(string path, FileCompression compression)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FileFailureException(path, exception.Message, inner: exception) { IsUsage = true };
        }

        try
        {
            CheckMagic(path, file, compression);
            ByteFeed feed = new(path, compression switch
            {
                FileCompression.Gzip => GzipFile.Open(file),
                FileCompression.Zstd => new DecompressionStream(file, bufferSize: 128 << 10, leaveOpen: false),
                _ => file,
            });
            feed.ReadMark();
            return feed;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills <paramref name="into"/> as far as the file goes; 0 at its end.</summary>
    /// <exception cref="FileFailureException">The file cannot be read further.</exception>
    public int Read(Span<byte> into)
    {
        int read = 0;
        while (_headStart < _headLength && read < into.Length) into[read++] = _head[_headStart++];
        try
        {
            while (read < into.Length)
            {
                int some = _stream.Read(into[read..]);
                if (some == 0) break;
                read += some;
            }

            return read;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw new FileFailureException(Path, "the compressed data is cut short or broken", inner: exception);
        }
        catch (IOException exception)
        {
            throw new FileFailureException(Path, exception.Message, inner: exception);
        }
    }

    public void Dispose() => _stream.Dispose();

    private static void CheckMagic(string path, FileStream file, FileCompression compression)
    {
        Span<byte> start = stackalloc byte[4];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        if (compression == FileCompression.Gzip && !start.StartsWith(Gzip)) throw new FileFailureException(path, "is not gzip, whatever its name says");
        if (compression == FileCompression.Zstd && !start.StartsWith(Zstd)) throw new FileFailureException(path, "is not zstd, whatever its name says");
        if (compression != FileCompression.None) return;
        if (start.StartsWith(Gzip)) throw new FileFailureException(path, "is gzip: its name must end in .gz");
        if (start.StartsWith(Zstd)) throw new FileFailureException(path, "is zstd: its name must end in .zst");
        if (start.SequenceEqual("PAR1"u8)) throw new FileFailureException(path, "is Parquet: its name must end in .parquet");
    }

    private void ReadMark()
    {
        Span<byte> head = stackalloc byte[4];
        _headLength = Read(head);
        head[.._headLength].CopyTo(_head);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || head.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            throw new FileFailureException(Path, "is UTF-16: text files must be UTF-8", line: 1);
        _headStart = head.StartsWith(Utf8Mark) ? Utf8Mark.Length : 0;
    }
}
