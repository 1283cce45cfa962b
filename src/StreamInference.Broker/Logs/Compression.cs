using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4;
using ZstdSharp;

namespace StreamInference.Broker.Logs;

/// <summary>
/// Opens the compressed records of a batch, in the framings that Kafka clients write: gzip, snappy (plain, or the blocks
/// of snappy-java), LZ4 frames and zstd.
/// </summary>
internal static class Compression
{
    private const int MaxDecompressedBytes = 256 * 1024 * 1024;
    private const uint Lz4Magic = 0x184D2204;
    private const int Lz4Window = 64 * 1024;

    private static ReadOnlySpan<byte> SnappyJavaMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    /// <summary>The plain records, or null where they cannot be opened.</summary>
    public static byte[]? Decompress(int codec, ReadOnlySpan<byte> records)
    {
        try
        {
            return codec switch
            {
                0 => records.ToArray(),
                1 => Gunzip(records),
                2 => Snappy(records),
                3 => Lz4(records),
                4 => Zstd(records),
                _ => null,
            };
        }
        catch (Exception error) when (error is InvalidDataException or ZstdException or ArgumentException or InvalidOperationException or OverflowException or IndexOutOfRangeException)
        {
            return null; // a client's bytes, checked by checksum only: what cannot be opened stays opaque
        }
    }

    private static byte[] Gunzip(ReadOnlySpan<byte> records)
    {
        using var source = new MemoryStream(records.ToArray());
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        return ReadAll(gzip);
    }

    private static byte[] Snappy(ReadOnlySpan<byte> records)
    {
        if (!records.StartsWith(SnappyJavaMagic)) return SnappyBlock(records);
        using var target = new MemoryStream();
        for (var rest = records[16..]; !rest.IsEmpty;)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(rest);
            target.Write(SnappyBlock(rest.Slice(4, size)));
            rest = rest[(4 + size)..];
        }
        return target.ToArray();
    }

    private static byte[] SnappyBlock(ReadOnlySpan<byte> block)
    {
        if (Snappier.Snappy.GetUncompressedLength(block) > MaxDecompressedBytes) throw new InvalidDataException("records larger than the limit");
        return Snappier.Snappy.DecompressToArray(block);
    }

    private static byte[] Zstd(ReadOnlySpan<byte> records)
    {
        using var decompressor = new Decompressor();
        using var source = new MemoryStream(records.ToArray());
        using var stream = new DecompressionStream(source, decompressor);
        return ReadAll(stream);
    }

    /// <summary>A few bytes can claim to be gigabytes; past the limit they are none that can be opened.</summary>
    private static byte[] ReadAll(Stream source)
    {
        using var target = new MemoryStream();
        var part = new byte[64 * 1024];
        for (int count; (count = source.Read(part)) > 0;)
        {
            if (target.Length + count > MaxDecompressedBytes) throw new InvalidDataException("records larger than the limit");
            target.Write(part, 0, count);
        }
        return target.ToArray();
    }

    private static byte[] Lz4(ReadOnlySpan<byte> frame)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame) != Lz4Magic) throw new InvalidDataException("no LZ4 frame");
        var flags = frame[4];
        var maxBlock = 1 << (8 + (2 * ((frame[5] >> 4) & 7)));
        var rest = frame[(7 + ((flags & 0x08) != 0 ? 8 : 0))..];
        var output = new List<byte>();
        var block = new byte[maxBlock];
        while (true)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (size == 0) return [.. output];
            var length = (int)(size & 0x7fffffff);
            AddLz4Block(rest.Slice(4, length), stored: (size & 0x80000000) != 0, block, output);
            rest = rest[(4 + length + ((flags & 0x10) != 0 ? 4 : 0))..];
        }
    }

    private static void AddLz4Block(ReadOnlySpan<byte> source, bool stored, byte[] block, List<byte> output)
    {
        if (stored)
        {
            output.AddRange(source);
            return;
        }
        var window = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(output);
        var dictionary = window[Math.Max(0, window.Length - Lz4Window)..];
        var decoded = LZ4Codec.Decode(source, block, dictionary);
        if (decoded < 0 || output.Count + decoded > MaxDecompressedBytes) throw new InvalidDataException("an LZ4 block that does not decode");
        output.AddRange(block.AsSpan(0, decoded));
    }
}
