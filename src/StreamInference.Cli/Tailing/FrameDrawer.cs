using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Drawing;
using StreamInference.Onnx.Vision.Frames;

namespace StreamInference.Cli.Tailing;

/// <summary>Draws results into their frames, which it reads back from where <c>si-source</c> says they are.</summary>
internal sealed class FrameDrawer : IDisposable
{
    private const int ThumbnailSide = 320;
    private static readonly TimeSpan FindLimit = TimeSpan.FromSeconds(10);

    private readonly RecordFinder _frames;
    private readonly FrameOverlay _overlay;
    private readonly FrameFiles? _files;
    private readonly string? _folder;
    private readonly StreamWriter? _page;
    private readonly ContactSheet? _sheet;
    private readonly SortedDictionary<string, int> _notDrawn = new(StringComparer.Ordinal);

    /// <param name="settings">How to reach the cluster.</param>
    /// <param name="folder">Gets a JPEG for each result; null for none.</param>
    /// <param name="sheet">The file of a page of all frames; null for none.</param>
    /// <param name="fileRoot">Where frames lie that records refer to; null: nowhere.</param>
    public FrameDrawer(KafkaSettings settings, string? folder, string? sheet, string? fileRoot)
    {
        FrameLimits limits = new();
        _frames = new RecordFinder(settings);
        _overlay = new FrameOverlay(limits);
        _files = fileRoot is null ? null : new FrameFiles(fileRoot, limits.MaxBytes);
        _folder = folder;
        if (folder is not null) Directory.CreateDirectory(folder);
        if (sheet is null) return;
        _page = new StreamWriter(sheet, append: false, new UTF8Encoding(false));
        _sheet = new ContactSheet(Path.GetFileNameWithoutExtension(sheet), _page);
    }

    /// <summary>Results that were drawn.</summary>
    public int Drawn { get; private set; }

    /// <summary>Draws a result; one that cannot be drawn is counted with the reason.</summary>
    public void Draw(TopicRecord result)
    {
        if (TryDraw(result) is not { } refusal) Drawn++;
        else _notDrawn[refusal] = _notDrawn.GetValueOrDefault(refusal) + 1;
    }

    /// <summary>How many were drawn, and why others were not.</summary>
    public void Report(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Drawn} frames drawn"));
        foreach ((string reason, int count) in _notDrawn) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} not drawn: {reason}"));
    }

    public void Dispose()
    {
        _sheet?.Dispose();
        _page?.Dispose();
        _frames.Dispose();
    }

    private string? TryDraw(TopicRecord result)
    {
        if (result.Header("si-error") is { } error) return $"dead letters ({error})";
        if (result.Value is null || result.Header("si-source")?.Split('/') is not [var topic, var partition, var offset]) return "records that are no results";
        if (!int.TryParse(partition, CultureInfo.InvariantCulture, out int number) || !long.TryParse(offset, CultureInfo.InvariantCulture, out long position)) return "records that are no results";
        if (_frames.Find(topic, number, position, FindLimit) is not { } frame) return $"frames that are no longer in {topic}";
        try
        {
            FrameError failed = _overlay.Draw(BytesOf(frame, out FrameError unreadable), RawOf(frame), result.Value, out byte[] jpeg);
            if (unreadable.Failed) return unreadable.Detail;
            if (failed.Failed) return failed.Detail;
            Write(frame, result, jpeg);
            return null;
        }
        catch (JsonException)
        {
            return "values that are no JSON";
        }
    }

    private ReadOnlySpan<byte> BytesOf(TopicRecord frame, out FrameError error)
    {
        error = FrameError.None;
        if (frame.Header(FrameHeaders.File) is not { } file) return frame.Value;
        if (_files is not null)
        {
            error = _files.Read(Encoding.UTF8.GetBytes(file), out ReadOnlySpan<byte> bytes);
            return bytes;
        }

        error = new FrameError(FrameErrorCode.BadFile, "frames in files, and no --file-root");
        return [];
    }

    private static RawFrame? RawOf(TopicRecord frame) =>
        frame.Header(FrameHeaders.PixelFormat) is { } format && RawFrame.TryParseFormat(Encoding.UTF8.GetBytes(format), out RawPixelFormat known)
        && int.TryParse(frame.Header(FrameHeaders.Width), CultureInfo.InvariantCulture, out int width) && int.TryParse(frame.Header(FrameHeaders.Height), CultureInfo.InvariantCulture, out int height)
            ? new RawFrame(width, height, known)
            : null;

    private void Write(TopicRecord frame, TopicRecord result, byte[] jpeg)
    {
        string camera = frame.Header(FrameHeaders.Camera) ?? (frame.Key is null ? "frame" : Encoding.UTF8.GetString(frame.Key));
        // The source's place names a frame for good; a camera may count from zero again.
        if (_folder is not null) File.WriteAllBytes(Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{FileName(camera)}-{frame.Partition}-{frame.Offset:D8}.jpg")), jpeg);
        _sheet?.Add(FrameOverlay.Thumbnail(jpeg, ThumbnailSide), $"{camera} {Caption(frame, result.Value!)}");
    }

    private static string Caption(TopicRecord frame, byte[] result)
    {
        using JsonDocument document = JsonDocument.Parse(result);
        string number = frame.Header(FrameHeaders.Frame) is { } index ? $"frame {index}" : $"offset {frame.Offset}";
        string[] texts = [.. Texts(document.RootElement, "detections", "label"), .. Texts(document.RootElement, "classes", "label").Take(1), .. Texts(document.RootElement, "lines", "text")];
        return texts.Length == 0 ? number : $"{number}: {string.Join(", ", texts)}";
    }

    private static IEnumerable<string> Texts(JsonElement result, string list, string name) =>
        result.ValueKind == JsonValueKind.Object && result.TryGetProperty(list, out JsonElement items) && items.ValueKind == JsonValueKind.Array
            ? from item in items.EnumerateArray()
              where item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String
              select item.GetProperty(name).GetString()!
            : [];

    // A key may hold anything; a file's name may not.
    private static string FileName(string camera) => string.Concat(camera.Take(80).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
}
