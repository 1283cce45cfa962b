using System.Globalization;
using System.Text.Json;
using SkiaSharp;
using StreamInference.Onnx.Vision.Decoding;

namespace StreamInference.Onnx.Vision.Drawing;

/// <summary>Draws a result into its frame, for people to look at. Not for two threads at once.</summary>
/// <param name="limits">What a frame may cost.</param>
public sealed class FrameOverlay(FrameLimits limits)
{
    private const int Quality = 90;
    private const int ThumbnailQuality = 80;

    private static readonly SKColor[] Colours =
    [
        new(0x3c, 0xe0, 0x5a), new(0xff, 0x5a, 0x4d), new(0x4d, 0xb8, 0xff), new(0xff, 0xc8, 0x32), new(0xd0, 0x6c, 0xff), new(0x2f, 0xe6, 0xd0),
    ];

    private readonly FrameDecoder _decoder = new(limits);

    /// <summary>Draws boxes with labels, outlines of text, and the best classes.</summary>
    /// <param name="frame">The frame's record: an encoded image, or raw pixels.</param>
    /// <param name="raw">The shape of raw pixels; null for an encoded image.</param>
    /// <param name="result">The value of the frame's result.</param>
    /// <param name="jpeg">A JPEG of the frame's size; empty after an error.</param>
    /// <returns>Why the frame could not be decoded, or no error.</returns>
    /// <exception cref="JsonException">The result is not JSON.</exception>
    public FrameError Draw(ReadOnlySpan<byte> frame, RawFrame? raw, ReadOnlyMemory<byte> result, out byte[] jpeg)
    {
        jpeg = [];
        var error = raw is { } shape ? _decoder.DecodeRaw(frame, shape) : _decoder.Decode(frame);
        if (error.Failed) return error;
        using JsonDocument document = JsonDocument.Parse(result);
        jpeg = Draw(_decoder.Pixels, document.RootElement);
        return error;
    }

    /// <summary>Makes a picture smaller.</summary>
    /// <param name="jpeg">What <see cref="Draw(ReadOnlySpan{byte}, RawFrame?, ReadOnlyMemory{byte}, out byte[])"/> gave.</param>
    /// <param name="longSide">The longer side of the result in pixels; a smaller picture keeps its size.</param>
    /// <returns>A JPEG.</returns>
    public static byte[] Thumbnail(byte[] jpeg, int longSide)
    {
        using SKBitmap picture = SKBitmap.Decode(jpeg) ?? throw new ArgumentException("is no picture", nameof(jpeg));
        double scale = Math.Min(1, (double)longSide / Math.Max(picture.Width, picture.Height));
        SKImageInfo size = new(Math.Max(1, (int)Math.Round(picture.Width * scale)), Math.Max(1, (int)Math.Round(picture.Height * scale)));
        using SKBitmap small = picture.Resize(size, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using SKData data = small.Encode(SKEncodedImageFormat.Jpeg, ThumbnailQuality);
        return data.ToArray();
    }

    private static unsafe byte[] Draw(PixelBuffer pixels, JsonElement result)
    {
        SKImageInfo info = new(pixels.Width, pixels.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKSurface surface = SKSurface.Create(info, (nint)pixels.Pointer, pixels.Stride) ?? throw new InvalidOperationException("no surface for the frame");
        Pen pen = new(surface.Canvas, Math.Max(1, Math.Min(pixels.Width, pixels.Height) / 240));
        foreach (var detection in Items(result, "detections")) DrawBox(pen, detection);
        foreach (var line in Items(result, "lines")) pen.Outline(Numbers(line, "polygon"), Colours[0]);
        int row = 0;
        foreach (var item in Items(result, "classes").Take(5)) pen.Text(Caption(item), 0, row++ * pen.LineHeight, ColourOf(item));
        surface.Flush();
        using SKPixmap pixmap = new(info, (nint)pixels.Pointer, pixels.Stride);
        using SKData data = pixmap.Encode(SKEncodedImageFormat.Jpeg, Quality) ?? throw new InvalidOperationException("the frame cannot be written as JPEG");
        return data.ToArray();
    }

    private static void DrawBox(Pen pen, JsonElement detection)
    {
        float[] box = Numbers(detection, "box");
        if (box.Length != 4) return;
        var colour = ColourOf(detection);
        pen.Outline([box[0], box[1], box[2], box[1], box[2], box[3], box[0], box[3]], colour);
        pen.Text(Caption(detection), box[0], box[1] - pen.LineHeight, colour);
    }

    private static string Caption(JsonElement item)
    {
        string name = item.TryGetProperty("label", out var label) ? label.GetString() ?? "" : Number(item, "class_id").ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{name.Split(',')[0]} {Number(item, "score"):F2}");
    }

    private static SKColor ColourOf(JsonElement item) => Colours[(int)((uint)Number(item, "class_id") % Colours.Length)];

    private static IEnumerable<JsonElement> Items(JsonElement result, string name) =>
        result.ValueKind == JsonValueKind.Object && result.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];

    private static float[] Numbers(JsonElement item, string name) =>
        item.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(number => number.ValueKind == JsonValueKind.Number).Select(number => number.GetSingle())]
            : [];

    private static float Number(JsonElement item, string name) =>
        item.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetSingle() : 0;

    /// <summary>Lines and text whose size goes with the frame's.</summary>
    private sealed class Pen(SKCanvas canvas, int dot)
    {
        private readonly int _line = dot + 1;

        public float LineHeight => dot * (PixelFont.Height + 2);

        public void Outline(float[] corners, SKColor colour)
        {
            using SKPaint paint = new() { Style = SKPaintStyle.Stroke, StrokeWidth = _line, Color = colour, IsAntialias = true };
            for (int i = 0; i + 1 < corners.Length; i += 2)
            {
                int next = (i + 2) % corners.Length;
                if (next + 1 < corners.Length) canvas.DrawLine(corners[i], corners[i + 1], corners[next], corners[next + 1], paint);
            }
        }

        public void Text(string text, float left, float top, SKColor colour)
        {
            left = Math.Max(0, left);
            top = Math.Max(0, top);
            using SKPaint ground = new() { Color = colour };
            using SKPaint ink = new() { Color = SKColors.Black };
            canvas.DrawRect(left, top, (text.Length * (PixelFont.Width + 1) + 1) * dot, LineHeight, ground);
            for (int i = 0; i < text.Length; i++)
            {
                for (int row = 0; row < PixelFont.Height; row++)
                {
                    for (int column = 0; column < PixelFont.Width; column++)
                    {
                        if (!PixelFont.IsSet(text[i], column, row)) continue;
                        canvas.DrawRect(left + (i * (PixelFont.Width + 1) + 1 + column) * dot, top + (row + 1) * dot, dot, dot, ink);
                    }
                }
            }
        }
    }
}
