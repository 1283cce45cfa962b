using System.Text.Json;
using BenchmarkDotNet.Attributes;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;

namespace StreamInference.Benchmarks.Tabular;

/// <summary>
/// From JSON bytes to a row of floats, a record of 30 columns each: the quick way, the careful way that it falls back to, and as the baseline
/// <see cref="Utf8JsonReader"/> with <c>GetSingle</c>, which finds no fields and writes no tensor.
/// </summary>
[MemoryDiagnoser]
public class DecodeBenchmarks
{
    private const int Records = 512;

    private MicroBatch _batch = new();
    private JsonRowDecoder? _quick;
    private RecordReader? _careful;

    [Params(false, true)]
    public bool Spaced { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        FeatureDescription[] features = [.. new[] { "/Time" }.Concat(Enumerable.Range(1, 28).Select(component => $"/V{component}")).Append("/Amount").Select(field => new FeatureDescription { Field = field })];
        FloatTensor tensor = new("input", features.Length, Records, [features.Length]);
        RecordLayout layout = RecordLayout.Compile(features.Select((feature, column) => (feature, (InputTensor)tensor, column)), []);
        RowWriter writer = new(layout, Records);
        _quick = new JsonRowDecoder(layout, writer);
        _careful = new RecordReader(layout, writer);
        _batch = MemoryBatch.Of(WideRecords.Create(Records, Spaced));
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public float Utf8JsonReaderAlone()
    {
        float sum = 0;
        foreach (StreamRecord record in _batch.Records)
        {
            Utf8JsonReader reader = new(record.Value);
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.Number) sum += reader.GetSingle();
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int Careful()
    {
        int failed = 0;
        ReadOnlySpan<StreamRecord> records = _batch.Records;
        for (int row = 0; row < records.Length; row++)
            if (_careful!.Read(records[row].Value, row) is not null) failed++;
        return failed;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int Quick()
    {
        int failed = 0;
        ReadOnlySpan<StreamRecord> records = _batch.Records;
        for (int row = 0; row < records.Length; row++)
            if (_quick!.Decode(records[row], row) is not null) failed++;
        return failed;
    }
}
