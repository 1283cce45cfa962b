using StreamInference.Files.Reading;
using StreamInference.Records;

namespace StreamInference.Files.Tests.Reading;

public sealed class ReaderAllocationTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.jsonl", "{{\"card\":\"c{0}\",\"amount\":{0}.25,\"country\":\"FR\"}}", "")]
    [InlineData("a.csv", "c{0},{0}.25,FR", "card,amount,country\n")]
    public void A_warm_reader_allocates_nothing_for_a_row(string name, string row, string header)
    {
        string path = _folder.Write(name, header + string.Concat(Enumerable.Range(0, 60_000).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, row, i) + "\n")));
        using IRowReader reader = RowReaders.Open(path, new RowReaderOptions(4096) { BlockBytes = 1 << 16 });
        RowBlock block = new(_ => { });
        FieldKey key = new(JsonFieldPath.Parse("/card"));
        int rows = 0, warm = 0;
        long before = 0;
        while (Next(reader, block))
        {
            key.Apply(block);
            rows += block.Count;
            if (warm == 0 && rows > 20_000) (warm, before) = (rows, GC.GetAllocatedBytesForCurrentThread());
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(60_000, rows);
        Assert.True(allocated < (rows - warm) / 10, $"{allocated} bytes for {rows - warm} rows");
    }

    private static bool Next(IRowReader reader, RowBlock block)
    {
        block.Reset();
        return reader.Read(block);
    }
}
