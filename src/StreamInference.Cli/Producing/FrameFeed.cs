using System.Globalization;
using System.Text;
using StreamInference.Onnx.Vision.Frames;

namespace StreamInference.Cli.Producing;

/// <summary>
/// Pictures as the frames of one or more cameras: each camera sends every picture, in the order of the names. A frame has its number at the
/// camera and the time at which it was read; the picture's bytes go out as they are.
/// </summary>
internal sealed class FrameFeed : IRecordFeed
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp" };

    private readonly string _folder;
    private readonly string[] _pictures;
    private readonly byte[][] _cameras;
    private readonly bool _loop;
    private readonly bool _asReferences;
    private readonly TimeProvider _time;
    private long _next;
    private byte[]? _picture;

    /// <param name="pictures">A folder, or a pattern whose last part may have wildcards.</param>
    /// <param name="cameras">The cameras' names; none: the folder's name.</param>
    /// <param name="loop">Whether to begin again after the last picture.</param>
    /// <param name="asReferences">Whether to send paths instead of bytes.</param>
    /// <param name="time">The clock of the frames.</param>
    public FrameFeed(string pictures, IReadOnlyList<string> cameras, bool loop, bool asReferences, TimeProvider time)
    {
        _folder = FolderOf(pictures);
        _pictures = Find(pictures);
        _cameras = [.. (cameras.Count > 0 ? cameras : [Path.GetFileName(_folder)]).Select(Encoding.UTF8.GetBytes)];
        (_loop, _asReferences, _time) = (loop, asReferences, time);
    }

    /// <summary>The pictures of a folder or a pattern, in the order of their names.</summary>
    public static string[] Find(string pictures)
    {
        string folder = FolderOf(pictures);
        if (!Directory.Exists(folder)) return [];
        IEnumerable<string> files = Directory.Exists(pictures)
            ? Directory.EnumerateFiles(folder).Where(file => Extensions.Contains(Path.GetExtension(file)))
            : Directory.EnumerateFiles(folder, Path.GetFileName(pictures));
        return [.. files.Order(StringComparer.Ordinal)];
    }

    public bool TryNext(out FeedRecord record)
    {
        record = default;
        long index = _next / _cameras.Length;
        int camera = (int)(_next % _cameras.Length);
        if (!_loop && index >= _pictures.Length) return false;
        string picture = _pictures[index % _pictures.Length];
        List<KeyValuePair<string, byte[]?>> headers = [Number(FrameHeaders.Frame, index), Number(FrameHeaders.Timestamp, _time.GetUtcNow().ToUnixTimeMilliseconds())];
        if (_asReferences) headers.Add(new(FrameHeaders.File, Encoding.UTF8.GetBytes(Path.GetRelativePath(_folder, picture))));
        // The cameras' turns at a picture follow each other: it is read once.
        else if (camera == 0) _picture = File.ReadAllBytes(picture);
        record = new FeedRecord(_cameras[camera], _picture, headers);
        _next++;
        return true;
    }

    private static string FolderOf(string pictures) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(Directory.Exists(pictures) ? pictures : Path.GetDirectoryName(pictures) is { Length: > 0 } folder ? folder : "."));

    private static KeyValuePair<string, byte[]?> Number(string name, long value) => new(name, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
}
