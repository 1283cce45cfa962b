using System.Numerics;
using StreamInference.Onnx.Vision.Decoding;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>Cuts a turned rectangle out of a frame, upright, at the frame's own resolution, with bilinear sampling; outside, the frame's edge goes on.</summary>
internal static class LineCropper
{
    // A line of a 16-megapixel frame is no wider; the recognizer sees 48 rows of it.
    private const int MaxSide = 8192;

    public static void Crop(PixelBuffer frame, RotatedBox box, PixelBuffer crop)
    {
        int width = Math.Clamp((int)MathF.Round(box.Width), 1, MaxSide), height = Math.Clamp((int)MathF.Round(box.Height), 1, MaxSide);
        crop.Resize(width, height);
        Vector2 stepX = box.Across * (box.Width / width), stepY = box.Down * (box.Height / height);
        var row = box.At(0, 0) + (stepX + stepY) / 2 - new Vector2(0.5f);
        var pixels = crop.Pixels;
        for (int y = 0, at = 0; y < height; y++, row += stepY)
        {
            var point = row;
            for (int x = 0; x < width; x++, point += stepX, at += PixelBuffer.BytesPerPixel) Sample(frame, point, pixels.Slice(at, PixelBuffer.BytesPerPixel));
        }
    }

    private static void Sample(PixelBuffer frame, Vector2 point, Span<byte> pixel)
    {
        float x = Math.Clamp(point.X, 0, frame.Width - 1), y = Math.Clamp(point.Y, 0, frame.Height - 1);
        int left = (int)x, top = (int)y;
        int right = Math.Min(left + 1, frame.Width - 1), bottom = Math.Min(top + 1, frame.Height - 1);
        float dx = x - left, dy = y - top;
        ReadOnlySpan<byte> upper = frame.Pixels.Slice(top * frame.Stride, frame.Stride), lower = frame.Pixels.Slice(bottom * frame.Stride, frame.Stride);
        for (int c = 0; c < PixelBuffer.BytesPerPixel; c++)
        {
            float above = upper[left * 4 + c] + (upper[right * 4 + c] - upper[left * 4 + c]) * dx;
            float below = lower[left * 4 + c] + (lower[right * 4 + c] - lower[left * 4 + c]) * dx;
            pixel[c] = (byte)(above + (below - above) * dy + 0.5f);
        }
    }
}
