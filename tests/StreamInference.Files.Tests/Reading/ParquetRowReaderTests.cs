using Parquet;
using Parquet.Schema;
using StreamInference.Files.Reading;

namespace StreamInference.Files.Tests.Reading;

public sealed class ParquetRowReaderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Values_keep_their_types()
    {
        DataField<float> single = new("f");
        DataField<double?> real = new("d");
        DataField<long> whole = new("l");
        DataField<bool?> flag = new("b");
        DataField text = new("s", typeof(string), isNullable: true);
        DataField<DateTime> time = new("t");
        await WriteAsync(new ParquetSchema(single, real, whole, flag, text, time), async group =>
        {
            await group.WriteAsync<float>(single, new[] { 0.1f, float.NaN, float.PositiveInfinity });
            await group.WriteAsync<double>(real, new double?[] { 1e-300, null, -2 });
            await group.WriteAsync<long>(whole, new[] { long.MaxValue, 0, -1 });
            await group.WriteAsync<bool>(flag, new bool?[] { null, true, false });
            await group.WriteAsync(text, new string[] { "a\"é", null!, "" });
            await group.WriteAsync<DateTime>(time, new[] { new DateTime(2026, 1, 2, 3, 4, 5, 250, DateTimeKind.Utc), DateTime.UnixEpoch, DateTime.UnixEpoch });
        });
        Assert.Equal(
        [
            """{"f":0.1,"d":1E-300,"l":9223372036854775807,"b":null,"s":"a\"é","t":"2026-01-02T03:04:05.25"}""",
            """{"f":null,"d":null,"l":0,"b":true,"s":null,"t":"1970-01-01T00:00:00"}""",
            """{"f":1e999,"d":-2,"l":-1,"b":false,"s":"","t":"1970-01-01T00:00:00"}""",
        ], Rows.Values(_folder["a.parquet"]));
    }

    [Fact]
    public async Task Groups_become_objects_and_lists_are_left_out_with_a_warning()
    {
        DataField<int?> limit = new("limit");
        DataField<int> id = new("id");
        DataField<double> member = new("element");
        await WriteAsync(new ParquetSchema(id, new StructField("card", limit), new ListField("scores", member)), async group =>
        {
            await group.WriteAsync<int>(id, new[] { 1, 2 });
            await group.WriteAllPartsAsync<int>(limit, new[] { 7 }, new[] { limit.MaxDefinitionLevel, 0 }, null, CancellationToken.None);
            await group.WriteAllPartsAsync<double>(member, new[] { 1.0, 2.0 }, new[] { member.MaxDefinitionLevel, member.MaxDefinitionLevel }, new[] { 0, 0 }, CancellationToken.None);
        });
        List<string> warnings = [];
        Assert.Equal(["""{"id":1,"card":{"limit":7}}""", """{"id":2,"card":{"limit":null}}"""], Rows.Values(_folder["a.parquet"], new RowReaderOptions(1000) { Warn = warnings.Add }));
        Assert.Contains("scores", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("this is not a Parquet file, however long it may be")]
    [InlineData("PAR1............PAR1")]
    public void What_is_not_Parquet_is_named(string content)
    {
        string path = _folder.Write("a.parquet", content);
        Assert.StartsWith($"{path}: is not a Parquet file", Assert.Throws<FileFailureException>(() => Rows.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_gives_rows_or_one_message_never_anything_else()
    {
        DataField<double?> real = new("d");
        DataField text = new("s", typeof(string), isNullable: true);
        await WriteAsync(new ParquetSchema(real, text), async group =>
        {
            await group.WriteAsync<double>(real, Enumerable.Range(0, 500).Select(i => i % 7 == 0 ? (double?)null : i * 1.5).ToArray());
            await group.WriteAsync(text, Enumerable.Range(0, 500).Select(i => $"text {i % 50}").ToArray());
        });
        byte[] whole = await File.ReadAllBytesAsync(_folder["a.parquet"], TestContext.Current.CancellationToken);
        Random random = new(7);
        int failures = 0;
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] broken = trial % 3 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int i = 0; i < 3 && broken.Length > 0; i++) broken[random.Next(broken.Length)] ^= (byte)(1 << random.Next(8));
            string path = _folder.Write("b.parquet", broken);
            try
            {
                Rows.Read(path, new RowReaderOptions(1000) { ParquetLimit = TimeSpan.FromSeconds(2) });
            }
            catch (FileFailureException failure)
            {
                Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
                failures++;
            }
        }

        Assert.InRange(failures, 100, 300);
    }

    private async Task WriteAsync(ParquetSchema schema, Func<ParquetRowGroupWriter, Task> write)
    {
        await using FileStream file = File.Create(_folder["a.parquet"]);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await write(group);
    }
}
