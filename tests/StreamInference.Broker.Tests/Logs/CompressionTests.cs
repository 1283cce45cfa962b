using System.Buffers.Binary;
using System.Text;
using CsCheck;
using K4os.Compression.LZ4;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Tests.Logs;

/// <summary>The framings that no client in these tests writes; those of librdkafka and Java are read end to end.</summary>
public sealed class CompressionTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(static i => $"record {i % 50}, ")));

    [Fact]
    public void Blocks_of_snappy_java_are_opened()
    {
        using var framed = new MemoryStream();
        framed.Write([0x82, .. "SNAPPY"u8, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
        foreach (var part in Text.Chunk(10_000))
        {
            var block = Snappier.Snappy.CompressToArray(part);
            framed.Write(BigEndian(block.Length));
            framed.Write(block);
        }
        Assert.Equal(Text, Compression.Decompress(2, framed.ToArray()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lz4_frames_of_linked_and_of_independent_blocks_are_opened(bool linked)
    {
        using var framed = new MemoryStream();
        framed.Write([0x04, 0x22, 0x4D, 0x18, linked ? (byte)0x40 : (byte)0x60, 0x40, 0]);
        var start = 0;
        foreach (var part in Text.Chunk(30_000))
        {
            var block = new byte[LZ4Codec.MaximumOutputSize(part.Length)];
            var size = linked && start > 0 ? 0 : LZ4Codec.Encode(part, block);
            var stored = size == 0;
            var bytes = stored ? part : block[..size];
            framed.Write(LittleEndian(bytes.Length | (stored ? int.MinValue : 0)));
            framed.Write(bytes);
            start += part.Length;
        }
        framed.Write(new byte[4]);
        Assert.Equal(Text, Compression.Decompress(3, framed.ToArray()));
    }

    [Fact]
    public void Bytes_that_cannot_be_opened_are_left_alone() => Gen.Select(Gen.Int[1, 7], Gen.Byte.Array[0, 100]).Sample((codec, bytes) =>
    {
        var opened = Compression.Decompress(codec, bytes);
        Assert.True(opened is null || opened.Length < 1_000_000);
    });

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] LittleEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
