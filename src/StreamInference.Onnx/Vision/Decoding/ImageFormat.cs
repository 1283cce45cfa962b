namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>The container of an encoded frame, found by its first bytes and never by a name or a header.</summary>
public enum ImageFormat
{
    /// <summary>None of the known signatures.</summary>
    Unknown,

    /// <summary>JPEG (ITU-T T.81), baseline or progressive.</summary>
    Jpeg,

    /// <summary>PNG (ISO/IEC 15948); of an animation the default image.</summary>
    Png,

    /// <summary>WebP (RFC 9649); of an animation the first frame.</summary>
    WebP,

    /// <summary>Windows bitmap.</summary>
    Bmp,

    /// <summary>GIF; of an animation the first frame.</summary>
    Gif,
}

/// <summary>Names the format of an encoded image by its signature.</summary>
public static class ImageSniffer
{
    private const int LongestSignature = 12;

    /// <summary>Returns the format whose signature <paramref name="bytes"/> begins with.</summary>
    /// <param name="bytes">The encoded image; it is only read.</param>
    /// <returns>The format, or <see cref="ImageFormat.Unknown"/> for anything else and for fewer than 12 bytes.</returns>
    public static ImageFormat Sniff(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < LongestSignature) return ImageFormat.Unknown;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff])) return ImageFormat.Jpeg;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return ImageFormat.Png;
        if (bytes.StartsWith("RIFF"u8) && bytes[8..12].SequenceEqual("WEBP"u8)) return ImageFormat.WebP;
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8)) return ImageFormat.Gif;
        return bytes.StartsWith("BM"u8) ? ImageFormat.Bmp : ImageFormat.Unknown;
    }
}
