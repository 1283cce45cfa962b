using System.Text;
using StreamInference.Onnx.Vision.Decoding;

namespace StreamInference.Onnx.Vision.Frames;

/// <summary>Reads frames that records refer to by a path below one allowed folder. One reader per worker: its buffer is reused.</summary>
/// <param name="root">The folder, a full path.</param>
/// <param name="maxBytes">The limit on a file's size.</param>
public sealed class FrameFiles(string root, int maxBytes)
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)) + Path.DirectorySeparatorChar;
    private byte[] _buffer = [];

    /// <summary>Reads a file.</summary>
    /// <param name="name">The path below the root, UTF-8.</param>
    /// <param name="bytes">The file's contents until the next call, when the result is no error.</param>
    public FrameError Read(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        string path = Path.GetFullPath(Path.Combine(_root, Encoding.UTF8.GetString(name)));
        if (!path.StartsWith(_root, StringComparison.Ordinal)) return Refused("names a file outside of the allowed folder");
        try
        {
            if (IsLinked(path)) return Refused("goes through a link");
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long length = RandomAccess.GetLength(file);
            if (length > maxBytes) return new(FrameErrorCode.TooManyBytes, $"the file's {length} bytes are over the limit of {maxBytes}");
            if (_buffer.Length < length) _buffer = GC.AllocateUninitializedArray<byte>((int)length);
            int read = RandomAccess.Read(file, _buffer.AsSpan(0, (int)length), 0);
            bytes = _buffer.AsSpan(0, read);
            return FrameError.None;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Refused($"names a file that cannot be read ({exception.GetType().Name})");
        }
    }

    // A link below the root, of the file or of a folder on the way, may point anywhere.
    private bool IsLinked(string path)
    {
        for (string? part = path; part is not null && part.Length >= _root.Length; part = Path.GetDirectoryName(part))
            if (new FileInfo(part).LinkTarget is not null) return true;
        return false;
    }

    private static FrameError Refused(string why) => new(FrameErrorCode.BadFile, $"the header {FrameHeaders.File} {why}");
}
