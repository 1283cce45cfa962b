using Microsoft.Win32.SafeHandles;

namespace StreamInference.Broker.Logs;

/// <summary>
/// A segment in a file. A batch is in the page cache when the append returns: it survives the end of this process, however
/// sudden, and as with Kafka's defaults not the end of the machine.
/// </summary>
internal sealed class FileSegmentStorage : SegmentStorage
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    private FileSegmentStorage(string path, FileMode mode)
    {
        _path = path;
        _file = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Length = checked((int)RandomAccess.GetLength(_file));
    }

    public static FileSegmentStorage Create(string path) => new(path, FileMode.Create);

    public static FileSegmentStorage Open(string path) => new(path, FileMode.Open);

    public override bool HasRoom(int bytes) => int.MaxValue - Length >= bytes;

    public override void Append(ReadOnlySpan<byte> batch)
    {
        RandomAccess.Write(_file, batch, Length);
        Length += batch.Length;
    }

    public override ReadOnlyMemory<byte> Read(int position, int length, LeasedBuffers buffers)
    {
        var bytes = buffers.Rent(length);
        ReadExactly(position, bytes.Span);
        return bytes;
    }

    /// <summary>Reads what is there, up to the span's length.</summary>
    public int ReadUpTo(int position, Span<byte> into)
    {
        var have = 0;
        while (have < into.Length && RandomAccess.Read(_file, into[have..], position + have) is var count and > 0) have += count;
        return have;
    }

    public void Truncate(int length)
    {
        RandomAccess.SetLength(_file, length);
        Length = length;
    }

    public override void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    public override void Dispose() => _file.Dispose();

    private void ReadExactly(int position, Span<byte> into)
    {
        if (ReadUpTo(position, into) != into.Length) throw new IOException($"{_path} ends before {position + into.Length}");
    }
}
