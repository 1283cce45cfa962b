using CsCheck;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Tests.Protocol;

public sealed class WireTests
{
    [Fact]
    public void Strings_survive_in_both_forms() => Gen.Select(Gen.String.Null(), Gen.Bool).Sample((text, flexible) =>
    {
        string? read = "other";
        var bytes = Written(wire => wire.NullableString(ref text), flexible);
        var reader = Reader(bytes, flexible);
        reader.NullableString(ref read);
        Assert.Equal(Encodable(text), read);
        Assert.Equal(0, reader.Remaining);
    });

    [Fact]
    public void Integer_arrays_survive_in_both_forms() => Gen.Select(Gen.Int.List[0, 300], Gen.Bool).Sample((items, flexible) =>
    {
        var read = new List<int>();
        var written = items;
        var bytes = Written(wire => wire.Int32Array(ref written), flexible);
        Reader(bytes, flexible).Int32Array(ref read);
        Assert.Equal(items, read);
    });

    [Fact]
    public void Records_are_spliced_in_place_and_not_copied_until_then()
    {
        using var wire = Wire.Writer();
        var pieces = new RecordData(new byte[] { 1, 2 });
        pieces.Add(new byte[] { 3 });
        var (before, after) = (7, 9);
        wire.Int32(ref before);
        wire.Records(ref pieces);
        wire.Int32(ref after);
        Assert.Equal([0, 0, 0, 7, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 9], wire.ToArray());
        Assert.Equal(15, wire.Length);
    }

    [Fact]
    public void Unknown_tags_are_skipped()
    {
        var reader = Reader([2, 0, 1, 99, 5, 2, 98, 97, 42], flexible: true);
        sbyte next = 0;
        reader.Tags();
        reader.Int8(ref next);
        Assert.Equal(42, next);
    }

    [Theory]
    [InlineData(new byte[] { 0x7f, 0xff, 0xff, 0xff }, false)]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0x0f }, true)]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, true)]
    [InlineData(new byte[] { }, false)]
    public void A_count_that_cannot_be_is_refused_without_allocating(byte[] bytes, bool flexible)
    {
        var items = new List<int>();
        var before = GC.GetAllocatedBytesForCurrentThread();
        if (bytes.Length == 5)
            Reader(bytes, flexible).Int32Array(ref items); // this one means null
        else
            Assert.Throws<WireFormatException>(() => Reader(bytes, flexible).Int32Array(ref items));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_and_nothing_else() =>
        Gen.Select(Gen.Int[0, MessageType.All.Count - 1], Gen.Short[0, 16], Gen.Byte.Array[0, 200]).Sample((index, version, bytes) =>
        {
            var type = MessageType.All[index];
            try
            {
                var reader = Reader(bytes, version >= type.FlexibleFrom);
                type.Create().Transfer(reader, version);
                Assert.InRange(reader.Remaining, 0, bytes.Length);
            }
            catch (WireFormatException)
            {
                // refused
            }
        });

    private static string? Encodable(string? text) =>
        text is null ? null : System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] Written(Action<Wire> write, bool flexible)
    {
        using var wire = Wire.Writer();
        wire.Flexible = flexible;
        write(wire);
        return wire.ToArray();
    }

    private static Wire Reader(byte[] bytes, bool flexible)
    {
        var wire = Wire.Reader(bytes);
        wire.Flexible = flexible;
        return wire;
    }
}
