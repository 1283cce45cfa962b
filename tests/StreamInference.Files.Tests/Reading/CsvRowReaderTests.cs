using System.Text;
using System.Text.Json;
using CsCheck;
using StreamInference.Files.Reading;

namespace StreamInference.Files.Tests.Reading;

public sealed class CsvRowReaderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Read(string csv, RowReaderOptions? options = null) => Rows.Values(_folder.Write("a.csv", csv), options);

    [Theory]
    [InlineData("1", "1")]
    [InlineData("-0.10", "-0.10")]
    [InlineData("1e-05", "1e-05")]
    [InlineData("123456789012345678901234567890.5", "123456789012345678901234567890.5")]
    [InlineData(" 7 ", "7")]
    [InlineData("+5", "5")]
    [InlineData(".5", "0.5")]
    [InlineData("-.5", "-0.5")]
    [InlineData("5.", "5.0")]
    [InlineData("007", "\"007\"")]
    [InlineData("1-2", "\"1-2\"")]
    [InlineData("-", "\"-\"")]
    [InlineData("NaN", "\"NaN\"")]
    [InlineData("true", "true")]
    [InlineData("False", "false")]
    [InlineData("", "null")]
    [InlineData("\"\"", "\"\"")]
    [InlineData("\"5\"", "\"5\"")]
    [InlineData("\"a\"\"b,\nc\"", "\"a\\\"b,\\nc\"")]
    [InlineData("a\\b\tc", "\"a\\\\b\\tc\"")]
    [InlineData("a\"b", "\"a\\\"b\"")]
    [InlineData("\u0001é😀", "\"\\u0001é😀\"")]
    public void A_field_keeps_its_type_and_its_digits(string field, string expected) =>
        Assert.Equal([$"{{\"x\":{expected},\"y\":0}}"], Read($"x,y\n{field},0\n"));

    [Fact]
    public void Names_that_are_pointers_nest() =>
        Assert.Equal(["""{"id":1,"card":{"limit":2,"a/b":3},"x y":4}"""], Read("id,/card/limit,x y,/card/a~1b\r\n1,2,4,3\r\n"));

    [Theory]
    [InlineData("a,b,a\n", 1, "\"a\" is there twice")]
    [InlineData("/a,/a/b\n", 1, "stands below another column")]
    [InlineData("/a/b,/a\n", 1, "stands above another column")]
    [InlineData("", 1, "is empty")]
    [InlineData("a,\"b\n1,2\n", 1, "quote")]
    [InlineData("a\0,b\n", 1, "NUL")]
    public void A_header_that_cannot_be_used_is_a_failure_of_the_file_with_its_line(string csv, int line, string expected)
    {
        FileFailureException failure = Assert.Throws<FileFailureException>(() => Read(csv));
        Assert.StartsWith($"{_folder["a.csv"]}:{line}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ragged_rows_are_refused_alone()
    {
        List<ReadRow> rows = Rows.Read(_folder.Write("a.csv", "a,b\n1,2\n3\n\n4,5,6\n7,8"));
        Assert.Equal(["{\"a\":1,\"b\":2}", "3", "4,5,6", "{\"a\":7,\"b\":8}"], rows.Select(row => row.Value));
        Assert.Equal([null, "malformed_row", "malformed_row", null], rows.Select(row => row.Error));
        Assert.Equal([2L, 3, 5, 6], rows.Select(row => row.Line));
    }

    [Fact]
    public void Rows_with_NUL_bytes_wrong_encoding_or_torn_quotes_are_refused_alone()
    {
        byte[] csv = [.. "a,b\n1,\0\n2,"u8, 0xc3, .. "\n3,\"x\"y\n4,\"open\n5,6\n"u8];
        List<ReadRow> rows = Rows.Read(_folder.Write("a.csv", csv));
        Assert.Equal(["malformed_row", "invalid_encoding", "malformed_row", "malformed_row", null], rows.Select(row => row.Error));
        Assert.Equal((6, "{\"a\":5,\"b\":6}"), ((int)rows[^1].Line, rows[^1].Value));
    }

    [Fact]
    public void A_quote_that_nobody_closes_costs_its_line_and_bounded_memory()
    {
        string csv = "a,b\n1,\"open\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},{i}\n"));
        List<ReadRow> rows = Rows.Read(_folder.Write("a.csv", csv), new RowReaderOptions(100) { BlockBytes = 5000 });
        Assert.Equal(("malformed_row", 2L), (rows[0].Error, rows[0].Line));
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"{{\"a\":{i},\"b\":{i}}}"), rows.Skip(1).Select(row => row.Value));
    }

    [Fact]
    public void A_row_longer_than_the_window_is_refused()
    {
        List<ReadRow> rows = Rows.Read(_folder.Write("a.csv", $"a\n{new string('x', 20_000)}\n2\n"), new RowReaderOptions(100) { BlockBytes = 100 });
        Assert.Equal(["record_too_large", null], rows.Select(row => row.Error));
    }

    [Fact]
    public void Other_delimiters()
    {
        Assert.Equal(["""{"a":1,"b":2}"""], Rows.Values(_folder.Write("a.tsv", "a\tb\n1\t2\n")));
        Assert.Equal(["""{"a":"1,5","b":2}"""], Read("a;b\n1,5;2\n", new RowReaderOptions(100, (byte)';')));
    }

    [Fact]
    public void Any_table_of_texts_reads_as_it_was_written_whatever_the_blocks()
    {
        Gen<string> cell = Gen.String[Gen.Char["ab,\"\n\r \té1.-"], 0, 8];
        Gen.Select(cell.Array[3].Array[0, 30], Gen.Int[100, 400], Gen.Int[1, 7]).Sample((table, bytes, rows) =>
        {
            IEnumerable<string> lines = table.Prepend(["x", "y", "z"]).Select(row => string.Join(',', row.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")));
            string path = _folder.Write("p.csv", string.Join("\r\n", lines));
            string[] read = Rows.Values(path, new RowReaderOptions(200) { BlockBytes = bytes, BlockRows = rows });
            string[] expected = [.. table.Select(row => JsonSerializer.Serialize(new { x = row[0], y = row[1], z = row[2] }))];
            Assert.Equal(expected.Select(Normal), read.Select(Normal));
        }, iter: 500, threads: 1);
    }

    [Fact]
    public void Any_bytes_give_rows_or_a_message_and_lose_no_line()
    {
        Gen.Byte.Array[0, 400].Sample(bytes =>
        {
            string path = _folder.Write("f.csv", [.. "a,b\n"u8, .. bytes.Select(b => (byte)(b < 64 ? ",\"\n1"u8[b % 4] : b))]);
            foreach (ReadRow row in Rows.Read(path, new RowReaderOptions(50) { BlockBytes = 64 }))
                if (row.Error is null) JsonDocument.Parse(row.Value).Dispose();
        }, iter: 2000, threads: 1);
    }

    private static string Normal(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetBytes(json)));
}
