using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using StreamInference.Broker.Logs;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.State;

/// <summary>
/// The journal in a file: per entry its length, the CRC-32C of what follows, a byte for its kind and its fields. An entry
/// is in the page cache when <see cref="Write"/> returns. Opening stops at the first entry that is not whole; then, and
/// whenever the file has grown enough, it is written anew from a snapshot, in one step.
/// </summary>
internal sealed class FileStateJournal : StateJournal
{
    private const int HeaderBytes = 8;
    private const long SmallestRewrite = 16 * 1024 * 1024;

    private readonly string _path;
    private readonly Wire _wire = Wire.Writer();
    private SafeFileHandle? _file;
    private long _length;
    private long _rewriteAt = SmallestRewrite;

    public FileStateJournal(string path) => _path = path;

    /// <summary>Makes the entries that bring a fresh broker to the present state. Set before the first write.</summary>
    public Func<IEnumerable<IMessage>> Snapshot { get; set; } = static () => [];

    /// <summary>The whole entries of the file, in order.</summary>
    public static List<IMessage> Read(string path)
    {
        var entries = new List<IMessage>();
        if (!File.Exists(path)) return entries;
        ReadOnlyMemory<byte> rest = File.ReadAllBytes(path);
        while (TryTake(ref rest, out var entry)) entries.Add(entry!);
        return entries;
    }

    /// <summary>Writes a new file from the snapshot and puts it in the place of the old one.</summary>
    public void Rewrite()
    {
        var temporary = _path + ".new";
        _file?.Dispose();
        _file = File.OpenHandle(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        _length = 0;
        foreach (var entry in Snapshot()) Append(entry);
        File.Move(temporary, _path, overwrite: true);
        _rewriteAt = Math.Max(SmallestRewrite, _length * 2);
    }

    public override void Write(IMessage entry)
    {
        Append(entry);
        if (_length > _rewriteAt) Rewrite();
    }

    public override void Dispose()
    {
        _file?.Dispose();
        _wire.Dispose();
    }

    private void Append(IMessage entry)
    {
        _wire.Clear();
        var (length, crc, kind) = (0, 0, EntryKinds.Of(entry));
        _wire.Int32(ref length);
        _wire.Int32(ref crc);
        _wire.Int8(ref kind);
        entry.Transfer(_wire, 0);
        var bytes = _wire.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - HeaderBytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), Crc32C.Compute(bytes.AsSpan(HeaderBytes)));
        RandomAccess.Write(_file ?? throw new InvalidOperationException("the journal is not open"), bytes, _length);
        _length += bytes.Length;
    }

    private static bool TryTake(ref ReadOnlyMemory<byte> rest, out IMessage? entry)
    {
        entry = null;
        if (rest.Length < HeaderBytes) return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(rest.Span);
        if (length <= 0 || length > rest.Length - HeaderBytes) return false;
        var body = rest.Slice(HeaderBytes, length);
        if (BinaryPrimitives.ReadUInt32BigEndian(rest.Span[4..]) != Crc32C.Compute(body.Span)) return false;
        entry = EntryKinds.Create(body.Span[0]);
        entry.Transfer(Wire.Reader(body[1..]), 0);
        rest = rest[(HeaderBytes + length)..];
        return true;
    }
}
