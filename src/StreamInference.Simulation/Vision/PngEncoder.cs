using System.Buffers.Binary;
using System.IO.Compression;

namespace StreamInference.Simulation.Vision;

/// <summary>Writes RGB pixels as a PNG (ISO/IEC 15948): 8 bits, the Up filter, one IDAT chunk.</summary>
public static class PngEncoder
{
    private const byte FilterUp = 2;
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Encodes a picture.</summary>
    /// <param name="rgb">Width × height × 3 bytes, row by row.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <returns>The file; the caller owns it.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (width < 1 || height < 1 || rgb.Length != (long)width * height * 3)
            throw new ArgumentException($"{rgb.Length} bytes are not {width}x{height} pixels of 3 bytes", nameof(rgb));
        using var file = new MemoryStream(rgb.Length / 2);
        file.Write([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9], header[10], header[11], header[12]) = (8, 2, 0, 0, 0);
        WriteChunk(file, "IHDR"u8, header);
        using (var packed = Pack(rgb, width * 3, height)) WriteChunk(file, "IDAT"u8, packed.GetBuffer().AsSpan(0, (int)packed.Length));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static MemoryStream Pack(ReadOnlySpan<byte> rgb, int stride, int height)
    {
        var packed = new MemoryStream(rgb.Length / 2);
        using var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true);
        byte[] row = new byte[stride + 1];
        row[0] = FilterUp;
        for (int y = 0; y < height; y++)
        {
            var pixels = rgb.Slice(y * stride, stride);
            for (int i = 0; i < stride; i++) row[i + 1] = (byte)(pixels[i] - (y == 0 ? 0 : rgb[(y - 1) * stride + i]));
            zlib.Write(row);
        }

        return packed;
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes) crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320u & (uint)-(int)(crc & 1));
            table[i] = crc;
        }

        return table;
    }
}
