namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>How the bytes of an unencoded frame stand for a pixel.</summary>
public enum RawPixelFormat
{
    /// <summary>Red, green, blue: <c>rgb24</c>.</summary>
    Rgb24,

    /// <summary>Blue, green, red: <c>bgr24</c>.</summary>
    Bgr24,

    /// <summary>One byte of luma: <c>gray8</c>.</summary>
    Gray8,

    /// <summary>Red, green, blue, alpha (not premultiplied): <c>rgba32</c>.</summary>
    Rgba32,
}

/// <summary>The headers of an unencoded frame; rows follow each other without padding.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Format">Bytes of a pixel.</param>
public readonly record struct RawFrame(int Width, int Height, RawPixelFormat Format)
{
    /// <summary>Bytes of a pixel.</summary>
    public int BytesPerPixel => Format switch { RawPixelFormat.Gray8 => 1, RawPixelFormat.Rgba32 => 4, _ => 3 };

    /// <summary>Finds the format by the name that producers write: <c>rgb24</c>, <c>bgr24</c>, <c>gray8</c> or <c>rgba32</c>.</summary>
    /// <param name="name">ASCII, lower case.</param>
    /// <param name="format">The format when the result is true.</param>
    public static bool TryParseFormat(ReadOnlySpan<byte> name, out RawPixelFormat format)
    {
        format = RawPixelFormat.Rgb24;
        if (name.SequenceEqual("rgb24"u8)) return true;
        if (name.SequenceEqual("bgr24"u8)) format = RawPixelFormat.Bgr24;
        else if (name.SequenceEqual("gray8"u8)) format = RawPixelFormat.Gray8;
        else if (name.SequenceEqual("rgba32"u8)) format = RawPixelFormat.Rgba32;
        else return false;
        return true;
    }

    internal void Expand(ReadOnlySpan<byte> bytes, Span<byte> rgba)
    {
        switch (Format)
        {
            case RawPixelFormat.Rgba32: bytes.CopyTo(rgba); break;
            case RawPixelFormat.Gray8: ExpandGray(bytes, rgba); break;
            default: ExpandColour(bytes, rgba, Format == RawPixelFormat.Bgr24 ? 2 : 0); break;
        }
    }

    private static void ExpandGray(ReadOnlySpan<byte> bytes, Span<byte> rgba)
    {
        for (int i = 0, o = 0; i < bytes.Length; i++, o += PixelBuffer.BytesPerPixel)
        {
            rgba[o] = rgba[o + 1] = rgba[o + 2] = bytes[i];
            rgba[o + 3] = byte.MaxValue;
        }
    }

    private static void ExpandColour(ReadOnlySpan<byte> bytes, Span<byte> rgba, int red)
    {
        int blue = 2 - red;
        for (int i = 0, o = 0; i + 2 < bytes.Length; i += 3, o += PixelBuffer.BytesPerPixel)
        {
            rgba[o] = bytes[i + red];
            rgba[o + 1] = bytes[i + 1];
            rgba[o + 2] = bytes[i + blue];
            rgba[o + 3] = byte.MaxValue;
        }
    }
}
