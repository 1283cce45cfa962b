using System.Globalization;
using System.Text.Json.Nodes;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Tabular;

/// <summary>The demo models give through the pipeline's decoder what their training scripts saw.</summary>
public sealed class RepositoryModelTests
{
    private static readonly string Models = Path.Combine(SharedData.RepositoryRoot, "models");

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public void The_fraud_model_gives_its_goldens(string version)
    {
        JsonObject[] golden = Golden("fraud", version);
        using TabularModel model = TabularModel.Load(Path.Combine(Models, "fraud"), new TabularModelOptions { Version = version });
        Assert.Equal(RowIndependence.Independent, model.RowIndependence.Verdict);
        var answers = TestModel.Answers(model, MemoryRecords.Batch([.. golden.Select(row => row["input"]!.ToJsonString())]));
        for (int row = 0; row < golden.Length; row++) Assert.Equal((double)golden[row]["output"]!["score"]!, Score(answers[row]), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(512)]
    public void The_model_of_real_transactions_scores_every_row_as_offline(int batchSize)
    {
        string[] lines = File.ReadAllLines(SharedData.Require("data/fraud/ulb_creditcard_subset.csv"));
        JsonObject[] golden = Golden("fraud_ulb", "1");
        string[] names = lines[0].Split(',');
        using TabularModel model = TabularModel.Load(Path.Combine(Models, "fraud_ulb"));
        foreach (JsonObject[] part in golden.Chunk(batchSize))
        {
            var answers = TestModel.Answers(model, MemoryRecords.Batch([.. part.Select(row => Record(names, lines[1 + (int)row["row"]!].Split(',')))]));
            for (int row = 0; row < part.Length; row++) Assert.Equal((double)part[row]["score"]!, Score(answers[row]), 1e-5);
        }
    }

    private static string Record(string[] names, string[] values) =>
        $"{{{string.Join(',', names.Select((name, column) => string.Create(CultureInfo.InvariantCulture, $"\"{name}\":{values[column]}")))}}}";

    private static double Score((JsonObject? Result, RecordError? Error) answer)
    {
        Assert.Null(answer.Error);
        return (double)answer.Result!["score"]!;
    }

    private static JsonObject[] Golden(string model, string version) =>
        [.. File.ReadLines(Path.Combine(Models, model, version, "golden.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];
}
