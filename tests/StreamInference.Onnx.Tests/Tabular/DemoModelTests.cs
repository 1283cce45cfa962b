using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.Simulation;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Tabular;

/// <summary>The models of this repository, run from their own descriptions.</summary>
public sealed class DemoModelTests
{
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData("fraud/1", 1)]
    [InlineData("fraud/1", 150)]
    [InlineData("fraud/2", 1)]
    [InlineData("fraud/2", 150)]
    public void The_fraud_models_give_their_golden_scores(string name, int batchSize)
    {
        JsonObject[] golden = Lines(name);
        using TabularModel model = TabularModel.Load(PathOf(name));
        Assert.Equal(RowIndependence.Independent, model.RowIndependence.Verdict);
        for (int from = 0; from < golden.Length; from += batchSize)
        {
            JsonObject[] part = golden[from..Math.Min(from + batchSize, golden.Length)];
            var answers = TestModel.Answers(model, MemoryRecords.Batch([.. part.Select(row => row["input"]!.ToJsonString())]));
            for (int row = 0; row < part.Length; row++)
            {
                Assert.Equal((double)part[row]["output"]!["score"]!, (double)answers[row].Result!["score"]!, Tolerance);
                Assert.Equal((long)part[row]["input"]!["seq"]!, (long)answers[row].Result!["seq"]!);
            }
        }
    }

    [Fact]
    public void A_result_has_exactly_the_members_of_its_schema_and_those_of_a_decline_only_where_it_is_one()
    {
        JsonObject schema = JsonNode.Parse(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "topics/fraud/score.schema.json")))!.AsObject();
        string[] required = [.. schema["required"]!.AsArray().Select(name => (string)name!), "latency_ms"];
        using TabularModel model = TabularModel.Load(PathOf("fraud/1"));
        HashSet<string> decisions = [];
        foreach (JsonObject line in Lines("fraud/1"))
        {
            JsonObject result = Assert.Single(TestModel.Answers(model, MemoryRecords.Batch(line["input"]!.ToJsonString()))).Result!;
            decisions.Add((string)result["decision"]!);
            IEnumerable<string> expected = (string)result["decision"]! == "decline" ? schema["properties"]!.AsObject().Select(member => member.Key) : required;
            Assert.Equal(expected.Order(), result.Select(member => member.Key).Order());
        }

        Assert.Equal(schema["properties"]!["decision"]!["enum"]!.AsArray().Select(name => (string)name!).Order(), decisions.Order());
    }

    [Fact]
    public void The_ULB_model_gives_the_offline_score_of_every_later_row()
    {
        string[] data = File.ReadAllLines(SharedData.Require("data/fraud/ulb_creditcard_subset.csv"));
        string[] columns = data[0].Split(',');
        using TabularModel model = TabularModel.Load(PathOf("fraud_ulb/1"));
        foreach (JsonObject[] part in Lines("fraud_ulb/1").Chunk(512))
        {
            var answers = TestModel.Answers(model, MemoryRecords.Batch([.. part.Select(line => Record(columns, data, (int)line["row"]!))]));
            for (int row = 0; row < part.Length; row++) Assert.Equal((double)part[row]["score"]!, (double)answers[row].Result!["score"]!, Tolerance);
        }
    }

    [Fact]
    public void Simulated_records_are_scored_and_every_kind_of_bad_record_is_refused_with_its_code()
    {
        using TabularModel model = TabularModel.Load(PathOf("fraud/1"));
        TransactionStream stream = new(
            new SimulatorOptions { Customers = 200, Terminals = 100, WarmUpDays = 5 }, new BadRecordOptions { Fraction = 0.3, HugeBytes = 10_000 });
        HashSet<BadRecordKind> seen = [];
        for (int batch = 0; batch < 10; batch++)
        {
            (ProducedRecord Record, byte[]? Value)[] records = [.. Enumerable.Range(0, 100).Select(_ => Next(stream))];
            var answers = TestModel.Answers(model, MemoryRecords.Batch([.. records.Select(record => record.Value)]));
            for (int row = 0; row < records.Length; row++)
            {
                BadRecordKind kind = records[row].Record.BadRecord;
                seen.Add(kind);
                Assert.True(CodeOf(kind) == answers[row].Error?.Code, $"{kind}: {answers[row].Error}");
                if (kind == BadRecordKind.None) Assert.Equal(records[row].Record.Sequence, (long)answers[row].Result!["seq"]!);
            }
        }

        Assert.Equal(Enum.GetValues<BadRecordKind>().ToHashSet(), seen);
    }

    private static string? CodeOf(BadRecordKind kind) => kind switch
    {
        BadRecordKind.None => null,
        BadRecordKind.NullValue => RecordErrorCodes.NullValue,
        BadRecordKind.Empty => RecordErrorCodes.EmptyValue,
        BadRecordKind.MissingField or BadRecordKind.Huge or BadRecordKind.NullField => RecordErrorCodes.MissingField,
        BadRecordKind.WrongType or BadRecordKind.NestedValue or BadRecordKind.NotAnObject => RecordErrorCodes.WrongType,
        BadRecordKind.OutOfRange => RecordErrorCodes.NotFinite,
        _ => RecordErrorCodes.MalformedJson,
    };

    private static (ProducedRecord Record, byte[]? Value) Next(TransactionStream stream)
    {
        ArrayBufferWriter<byte> value = new();
        ProducedRecord record = stream.WriteNext(value, new ArrayBufferWriter<byte>());
        return (record, record.IsNullValue ? null : value.WrittenSpan.ToArray());
    }

    private static string Record(string[] columns, string[] data, int row)
    {
        IEnumerable<string> members = columns.Zip(data[row + 1].Split(',')).Where(member => member.First != "Class").Select(member => $"\"{member.First}\":{member.Second}");
        return string.Create(CultureInfo.InvariantCulture, $$"""{"transaction_id":"ulb-{{row}}","seq":{{row}},{{string.Join(',', members)}}}""");
    }

    private static string PathOf(string name) => Path.Combine(SharedData.RepositoryRoot, "models", name);

    private static JsonObject[] Lines(string name) => [.. File.ReadLines(Path.Combine(PathOf(name), "golden.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];
}
