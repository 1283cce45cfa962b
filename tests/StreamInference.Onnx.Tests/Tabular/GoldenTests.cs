using System.Text.Json.Nodes;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Tabular;

public sealed class GoldenTests
{
    public static TheoryData<string, int> ModelsAndBatches => new(
        from model in GoldenModels.Bodies.Keys
        from batch in new[] { 1, 7, 128 }
        select (model, batch));

    [Theory]
    [MemberData(nameof(ModelsAndBatches))]
    public void A_model_gives_its_goldens_in_any_batch(string name, int batchSize)
    {
        JsonObject[] golden = Golden(name);
        using TestModel folder = Folder(name);
        using TabularModel model = folder.Load();
        for (int from = 0; from < golden.Length; from += batchSize)
        {
            JsonObject[] part = golden[from..Math.Min(from + batchSize, golden.Length)];
            var answers = TestModel.Answers(model, MemoryRecords.Batch([.. part.Select(row => row["input"]!.ToJsonString())]));
            Assert.Equal(part.Length, answers.Count);
            for (int row = 0; row < part.Length; row++) Compare($"{name}, row {from + row}", part[row], answers[row], Tolerance(name));
        }
    }

    [Fact]
    public void Every_model_of_the_shared_data_but_the_keyed_one_has_a_description()
    {
        string root = SharedData.Require("data/tabular");
        IEnumerable<string> models = Directory.EnumerateFiles(root, "model.onnx", SearchOption.AllDirectories).Select(file => Path.GetFileName(Path.GetDirectoryName(file)!));
        Assert.Equal(models.Where(model => model != "gru_state").Order(), GoldenModels.Bodies.Keys.Order());
    }

    [Theory]
    [InlineData("mlp_int8", RowIndependence.Dependent, 1)]
    [InlineData("mlp_batch1", RowIndependence.Unknown, 1)]
    [InlineData("mlp", RowIndependence.Independent, null)]
    [InlineData("mlp_fp16", RowIndependence.Independent, null)]
    [InlineData("poison", RowIndependence.Independent, null)]
    [InlineData("columns_mixed", RowIndependence.Independent, null)]
    [InlineData("lightgbm_zipmap", RowIndependence.Independent, null)]
    [InlineData("isolation_forest", RowIndependence.Independent, null)]
    public void Row_independence_is_found_out_at_load(string name, RowIndependence verdict, int? rowsPerRun)
    {
        using TestModel folder = Folder(name);
        using TabularModel model = folder.Load();
        Assert.True(verdict == model.RowIndependence.Verdict, model.RowIndependence.ToString());
        Assert.Equal(rowsPerRun, model.RowsPerRun);
    }

    [Fact]
    public void A_dependent_model_runs_whole_batches_where_its_description_allows_it()
    {
        string file = SharedData.Require("data/tabular/mlp_int8/model.onnx");
        using TestModel folder = TestModel.Of(file, GoldenModels.Description("mlp_int8") + "\nallow_row_dependence: true");
        using TabularModel model = folder.Load();
        Assert.Equal(RowIndependence.Dependent, model.RowIndependence.Verdict);
        Assert.Null(model.RowsPerRun);
    }

    [Fact]
    public void Other_thresholds_are_other_descriptions()
    {
        string root = SharedData.Require("data/tabular/threshold_input");
        foreach (IGrouping<double, JsonObject> group in Lines(Path.Combine(root, "golden_other_thresholds.jsonl")).GroupBy(row => (double)row["input"]!["threshold"]!))
        {
            string yaml = GoldenModels.Description("threshold_input").Replace("constant: 0.5", FormattableString.Invariant($"constant: {group.Key}"), StringComparison.Ordinal);
            using TestModel folder = TestModel.Of(Path.Combine(root, "model.onnx"), yaml);
            using TabularModel model = folder.Load();
            JsonObject[] rows = [.. group];
            var answers = TestModel.Answers(model, MemoryRecords.Batch([.. rows.Select(row => row["input"]!.ToJsonString())]));
            for (int row = 0; row < rows.Length; row++) Compare($"threshold {group.Key}, row {row}", rows[row], answers[row], 1e-6);
        }
    }

    [Fact]
    public void A_low_score_is_bad_where_the_description_says_so()
    {
        JsonObject[] golden = Golden("isolation_forest");
        using TestModel folder = Folder("isolation_forest");
        using TabularModel model = folder.Load();
        var answers = TestModel.Answers(model, MemoryRecords.Batch([.. golden.Select(row => row["input"]!.ToJsonString())]));
        for (int row = 0; row < golden.Length; row++)
            Assert.Equal((double)golden[row]["output"]!["scores"]![0]! < 0 ? "review" : "approve", (string?)answers[row].Result!["decision"]);
        Assert.Equal(2, answers.Select(answer => (string?)answer.Result!["decision"]).Distinct().Count());
    }

    [Fact]
    public void The_reconstruction_error_is_the_score_of_an_autoencoder()
    {
        JsonObject[] golden = Golden("autoencoder");
        using TestModel folder = Folder("autoencoder");
        using TabularModel model = folder.Load();
        var answers = TestModel.Answers(model, MemoryRecords.Batch([.. golden.Select(row => row["input"]!.ToJsonString())]));
        for (int row = 0; row < golden.Length; row++)
        {
            double expected = Enumerable.Range(1, 28).Average(column => Math.Pow((double)golden[row]["output"]!["reconstruction"]![column - 1]! - (float)(double)golden[row]["input"]![$"V{column}"]!, 2));
            Assert.Equal(expected, (double)answers[row].Result!["score"]!, expected * 1e-5);
        }
    }

    private static TestModel Folder(string name) => TestModel.Of(SharedData.Require($"data/tabular/{name}/model.onnx"), GoldenModels.Description(name));

    private static JsonObject[] Golden(string name) => Lines(SharedData.Require($"data/tabular/{name}/golden.jsonl"));

    private static JsonObject[] Lines(string file) => [.. File.ReadLines(file).Select(line => JsonNode.Parse(line)!.AsObject())];

    // shared/data/tabular/README.md: one scale per batch and other CPUs' kernels for int8, last bits for the rest.
    private static double Tolerance(string name) => name switch
    {
        "mlp_int8" => 0.15,
        "mlp_fp16" => 2e-3,
        _ => 1e-6,
    };

    private static void Compare(string place, JsonObject golden, (JsonObject? Result, RecordError? Error) answer, double tolerance)
    {
        if (golden["error"] is not null)
        {
            Assert.Equal(RecordErrorCodes.ModelFailed, answer.Error?.Code);
            return;
        }

        if (golden["output"]!["score"] is JsonArray { Count: 1 } scores && scores[0]!.GetValueKind() == System.Text.Json.JsonValueKind.String)
        {
            Assert.Equal(RecordErrorCodes.InvalidOutput, answer.Error?.Code);
            return;
        }

        Assert.True(answer.Error is null, $"{place}: {answer.Error}");
        foreach ((string output, JsonNode? expected) in golden["output"]!.AsObject()) Compare($"{place}, {output}", expected!, answer.Result![output]!, tolerance);
    }

    private static void Compare(string place, JsonNode expected, JsonNode actual, double tolerance)
    {
        switch (expected)
        {
            case JsonArray { Count: 1 } single when actual is JsonValue:
                Compare(place, single[0]!, actual, tolerance);
                break;
            case JsonArray list:
                Assert.Equal(list.Count, actual.AsArray().Count);
                for (int index = 0; index < list.Count; index++) Compare($"{place}[{index}]", list[index]!, actual[index]!, tolerance);
                break;
            case JsonObject map:
                Assert.Equal(map.Select(member => member.Key), actual.AsObject().Select(member => member.Key));
                foreach ((string key, JsonNode? value) in map) Compare($"{place}.{key}", value!, actual[key]!, tolerance);
                break;
            case JsonValue when expected.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False:
                Assert.Equal((bool)expected, (bool)actual);
                break;
            default:
                double want = (double)expected;
                double have = (double)actual;
                Assert.True(Math.Abs(want - have) <= tolerance * Math.Max(1, Math.Abs(want)), $"{place}: {have} is not {want}");
                break;
        }
    }
}
