using System.Text;
using CsCheck;
using StreamInference.Files.Reading;
using StreamInference.Records;

namespace StreamInference.Files.Tests.Reading;

public sealed class JsonLinesReaderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_line_is_a_row_as_it_stands()
    {
        string path = _folder.Write("a.jsonl", "{\"a\":1}\r\n\n  \n{\"b\": 2 }\n{\"c\":3}");
        Assert.Equal([new ReadRow("{\"a\":1}", 1, null), new ReadRow("{\"b\": 2 }", 4, null), new ReadRow("{\"c\":3}", 5, null)], Rows.Read(path));
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_row() =>
        Assert.Equal(["{}"], Rows.Values(_folder.Write("a.jsonl", [0xef, 0xbb, 0xbf, .. "{}\n"u8])));

    [Fact]
    public void An_empty_file_has_no_rows() => Assert.Empty(Rows.Read(_folder.Write("a.jsonl", "")));

    [Theory]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.ndjson.zst")]
    public void Compressed_lines_are_lines(string name)
    {
        string[] lines = [.. Enumerable.Range(0, 5000).Select(i => $"{{\"i\":{i}}}")];
        Assert.Equal(lines, Rows.Values(_folder.Write(name, string.Join('\n', lines))));
    }

    [Fact]
    public void Members_of_a_gzip_file_follow_one_another()
    {
        File.WriteAllBytes(_folder["a.jsonl.gz"], [.. TestFolder.Gzip("{\"a\":1}\n"u8.ToArray()), .. TestFolder.Gzip("{\"a\":2}\n"u8.ToArray())]);
        Assert.Equal(["{\"a\":1}", "{\"a\":2}"], Rows.Values(_folder["a.jsonl.gz"]));
    }

    [Fact]
    public void A_line_longer_than_a_block_is_refused_and_the_next_ones_are_read()
    {
        string path = _folder.Write("a.jsonl", $"{{\"a\":1}}\n{new string('x', 30_000)}\n{{\"a\":2}}\n{new string('y', 50_000)}");
        List<ReadRow> rows = Rows.Read(path, new RowReaderOptions(100) { BlockBytes = 256 });
        Assert.Equal([(null, 1), ("record_too_large", 2), (null, 3), ("record_too_large", 4)], rows.Select(row => (row.Error, (int)row.Line)));
        Assert.Equal("{\"a\":2}", rows[2].Value);
    }

    [Fact]
    public void A_line_that_is_not_UTF8_is_refused_alone()
    {
        string path = _folder.Write("a.jsonl", [.. "{\"a\":\""u8, 0xff, 0xfe, .. "\"}\n{\"a\":2}\n"u8]);
        Assert.Equal(["invalid_encoding", "{\"a\":2}"], Rows.Values(path));
    }

    [Theory]
    [InlineData("a.jsonl", new byte[] { 0xff, 0xfe, 0x7b, 0x00 }, "UTF-16")]
    [InlineData("a.csv", new byte[] { 0xfe, 0xff, 0x00, 0x7b }, "UTF-16")]
    [InlineData("a.jsonl", new byte[] { 0x1f, 0x8b, 0x08, 0x00 }, "must end in .gz")]
    [InlineData("a.csv", new byte[] { (byte)'P', (byte)'A', (byte)'R', (byte)'1' }, "must end in .parquet")]
    public void A_file_that_is_something_else_is_named(string name, byte[] content, string expected)
    {
        FileFailureException failure = Assert.Throws<FileFailureException>(() => Rows.Read(_folder.Write(name, content)));
        Assert.StartsWith(_folder[name], failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.jsonl.zst")]
    [InlineData("a.csv.gz")]
    public void Compressed_data_that_was_cut_short_is_a_failure_of_the_file_at_every_length(string name)
    {
        string whole = _folder.Write(name, "header\n" + string.Join('\n', Enumerable.Range(0, 400).Select(i => i * 7919)));
        byte[] content = File.ReadAllBytes(whole);
        for (int length = content.Length - 1; length > 4; length -= 7)
        {
            File.WriteAllBytes(whole, content[..length]);
            FileFailureException failure = Assert.Throws<FileFailureException>(() => Rows.Read(whole));
            Assert.Contains("cut short or broken", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a.jsonl.gz", "is not gzip")]
    [InlineData("a.csv.zst", "is not zstd")]
    public void A_name_that_promises_compression_must_keep_it(string name, string expected)
    {
        File.WriteAllText(_folder[name], "{\"a\":1}\n");
        Assert.Contains(expected, Assert.Throws<FileFailureException>(() => Rows.Read(_folder[name])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_blocks_the_rows_are_the_lines()
    {
        Gen.Select(Gen.String[Gen.Char['a', 'e'], 0, 40].Array[0, 60], Gen.Int[64, 300], Gen.Int[1, 9], Gen.Bool).Sample((lines, bytes, rows, ends) =>
        {
            string path = _folder.Write("p.jsonl", string.Join('\n', lines) + (ends ? "\n" : ""));
            string[] expected = [.. lines.Where(line => line.Length > 0)];
            Assert.Equal(expected, Rows.Values(path, new RowReaderOptions(40) { BlockBytes = bytes, BlockRows = rows }));
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void The_key_is_a_field_of_the_row()
    {
        RowBlock block = new(_ => { });
        block.Reset();
        foreach (string json in new[] { """{"a":{"b":"x\u0041"}}""", """{"a":{"b":17.50}}""", """{"a":{"b":null}}""", """{"a":1}""", "{broken", """{"a":{"b":""}}""" })
        {
            int start = block.Length;
            byte[] bytes = Encoding.UTF8.GetBytes(json);
            bytes.CopyTo(block.GetSpan(bytes.Length));
            block.Advance(bytes.Length);
            block.Add(start, block.Length, 1);
        }

        new FieldKey(JsonFieldPath.Parse("/a/b")).Apply(block);
        Assert.Equal(["xA", "17.50", null, null, null, ""], Enumerable.Range(0, block.Count).Select(i => block.HasKey(i) ? Encoding.UTF8.GetString(block.Key(i)) : null));
    }
}
