using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;

namespace StreamInference.Onnx.Tests.Vision;

/// <summary>Pictures made for tests, and encoders for the shapes of file that common libraries do not write.</summary>
internal static class Pictures
{
    /// <summary>RGB of four quadrants: red and green above blue and white.</summary>
    public static byte[] Quadrants(int width, int height)
    {
        byte[] rgb = new byte[width * height * 3];
        (byte R, byte G, byte B)[] colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)];
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width; x++, i += 3)
                (rgb[i], rgb[i + 1], rgb[i + 2]) = colours[(y * 2 / height) * 2 + x * 2 / width];
        return rgb;
    }

    /// <summary>RGB noise with some structure.</summary>
    public static byte[] Noise(int width, int height, int seed)
    {
        var random = new Random(seed);
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0, i = 0; y < height; y++)
            for (int x = 0; x < width * 3; x++, i++)
                rgb[i] = (byte)((x * 7 + y * 13) / 5 + random.Next(60));
        return rgb;
    }

    public static byte[] Encode(byte[] rgb, int width, int height, SKEncodedImageFormat format, int quality = 95)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < width * height; i++)
            bitmap.SetPixel(i % width, i / width, new SKColor(rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]));
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    /// <summary>A PNG of any colour type and depth; <paramref name="rows"/> are the unfiltered samples in network order.</summary>
    public static byte[] Png(int width, int height, byte depth, byte colourType, byte[] rows)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colourType);
        WriteChunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            int stride = height == 0 ? 0 : rows.Length / height;
            for (int y = 0; y < height && stride > 0; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(rows, y * stride, stride);
            }
        }

        WriteChunk(file, "IDAT"u8, packed.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>Puts an Exif segment with only the orientation tag behind the start-of-image marker.</summary>
    public static byte[] WithExifOrientation(byte[] jpeg, int orientation)
    {
        byte[] segment =
        [
            0xff, 0xe1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. segment, .. jpeg[2..]];
    }

    /// <summary>The progressive file with its last scan repeated: valid markers, much work.</summary>
    public static byte[] ScanBomb(byte[] progressive, int scans)
    {
        int last = progressive.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xff, 0xda]);
        byte[] scan = progressive[last..^2];
        using var file = new MemoryStream();
        file.Write(progressive, 0, last);
        for (int i = 0; i < scans; i++) file.Write(scan);
        file.Write([0xff, 0xd9]);
        return file.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, data.Length + 4)));
        file.Write(chunk);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320u & (uint)-(int)(crc & 1));
        }

        return ~crc;
    }
}
