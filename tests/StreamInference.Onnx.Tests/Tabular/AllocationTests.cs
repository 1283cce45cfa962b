using System.Globalization;
using System.Text;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Tabular;

public sealed class AllocationTests
{
    private const string Yaml = """
        name: tiny
        version: 1
        kind: tabular
        max_batch_size: 256
        inputs: [ { tensor: x, fields: ["/V{1..8}"] } ]
        outputs: { score: { tensor: y, column: 3 }, all: { tensor: y } }
        decision: { thresholds: [ { at: 0.5, name: decline } ], otherwise: approve }
        passthrough: [/id]
        latency: true
        """;

    [Theory]
    [InlineData("{0}\"id\":\"{1}\",{2}{3}")]
    [InlineData("{0} \"id\" : \"{1}\", {2} {3}")]
    public void A_warm_batch_allocates_nothing(string format)
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(8), Yaml);
        using TabularModel model = folder.Load();
        MicroBatch batch = MemoryRecords.Batch(Enumerable.Range(0, 256).Select(row => Record(format, row)));
        ResultBatch results = new();

        long allocated = AllocatedBytes.Least(() => Run(model, batch, results));

        Assert.Equal(256, results.Count);
        Assert.DoesNotContain(results.Results.ToArray(), result => result.Error is not null);
        Assert.Equal(0, allocated);
    }

    private static void Run(TabularModel model, MicroBatch batch, ResultBatch results)
    {
        results.Clear();
        model.Run(batch, results);
    }

    private static byte[] Record(string format, int row)
    {
        string members = string.Join(",", Enumerable.Range(1, 8).Select(column => string.Create(CultureInfo.InvariantCulture, $"\"V{column}\":{Math.Sin(row + column)}")));
        return Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, format, "{", $"tx-{row}", members, "}"));
    }
}
