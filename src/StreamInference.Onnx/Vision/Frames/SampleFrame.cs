using SkiaSharp;

namespace StreamInference.Onnx.Vision.Frames;

/// <summary>A drawn frame, with which models are warmed up: a JPEG as cameras send it.</summary>
internal static class SampleFrame
{
    private const int Width = 640, Height = 480, Quality = 90;
    private static readonly Lazy<byte[]> Drawn = new(Draw);

    public static ReadOnlyMemory<byte> Jpeg => Drawn.Value;

    private static byte[] Draw()
    {
        using SKBitmap frame = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using SKCanvas canvas = new(frame);
        using SKPaint paint = new();
        canvas.Clear(SKColors.LightGray);
        for (int i = 0; i < 64; i++)
        {
            paint.Color = SKColor.FromHsl(i * 360f / 64, 70, 50);
            canvas.DrawRect(i % 8 * Width / 8f, i / 8 * Height / 8f, Width / 12f, Height / 12f, paint);
        }

        using SKData jpeg = frame.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }
}
