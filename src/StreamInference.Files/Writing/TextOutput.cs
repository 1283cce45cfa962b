using System.IO.Compression;
using ZstdSharp;

namespace StreamInference.Files.Writing;

/// <summary>Appends text to a file; compressed, each piece is a member (gzip) or frame (zstd) of its own, which readers take as one stream.</summary>
internal static class TextOutput
{
    /// <summary>Appends a piece.</summary>
    public static void Append(ReadOnlySpan<byte> text, FileCompression compression, FileStream output)
    {
        output.Seek(0, SeekOrigin.End);
        switch (compression)
        {
            case FileCompression.Gzip:
                using (GZipStream gzip = new(output, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(text);
                return;
            case FileCompression.Zstd:
                using (Compressor zstd = new(level: 3)) output.Write(zstd.Wrap(text));
                return;
            default:
                output.Write(text);
                return;
        }
    }
}
