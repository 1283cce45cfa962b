using System.Runtime.InteropServices;
using SkiaSharp;

namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>Turns pixels upright by the orientation tag of Exif 2.32 (tag 0x0112, values 1 to 8).</summary>
internal static class Orientation
{
    /// <summary>True when the stored rows are columns of the upright picture.</summary>
    public static bool SwapsAxes(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>Copies <paramref name="stored"/> upright into <paramref name="upright"/>, which takes the size it needs.</summary>
    public static void Turn(PixelBuffer stored, PixelBuffer upright, SKEncodedOrigin origin, int retainedBytes)
    {
        bool swap = SwapsAxes(origin);
        upright.Resize(swap ? stored.Height : stored.Width, swap ? stored.Width : stored.Height, retainedBytes);
        var from = MemoryMarshal.Cast<byte, uint>(stored.Pixels);
        var to = MemoryMarshal.Cast<byte, uint>(upright.Pixels);
        var (start, stepX, stepY) = Walk(stored.Width, stored.Height, origin);
        int at = 0;
        for (int y = 0; y < upright.Height; y++)
        {
            int source = start + y * stepY;
            for (int x = 0; x < upright.Width; x++, source += stepX) to[at++] = from[source];
        }
    }

    // Where the upright picture's first pixel is stored, and how far its next column and its next row are from it.
    private static (int Start, int StepX, int StepY) Walk(int width, int height, SKEncodedOrigin origin)
    {
        int lastColumn = width - 1, lastRow = (height - 1) * width;
        return origin switch
        {
            SKEncodedOrigin.TopRight => (lastColumn, -1, width),
            SKEncodedOrigin.BottomRight => (lastRow + lastColumn, -1, -width),
            SKEncodedOrigin.BottomLeft => (lastRow, 1, -width),
            SKEncodedOrigin.LeftTop => (0, width, 1),
            SKEncodedOrigin.RightTop => (lastRow, -width, 1),
            SKEncodedOrigin.RightBottom => (lastRow + lastColumn, -width, -1),
            SKEncodedOrigin.LeftBottom => (lastColumn, width, -1),
            _ => (0, 1, width),
        };
    }
}
