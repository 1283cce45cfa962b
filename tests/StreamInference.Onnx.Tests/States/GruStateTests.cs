using System.Text.Json.Nodes;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Tabular;
using StreamInference.Onnx.Tests.Tabular;
using StreamInference.Records;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.States;

/// <summary>A public recurrent model whose state is of a card: its goldens are a stream of six cards from their first event on.</summary>
public sealed class GruStateTests
{
    private const string Body = """
        name: gru
        version: 1
        kind: tabular
        inputs:
          - tensor: x
            features: [/amount_log, /gap_log, /hour_sin, /hour_cos, /card_absent, /bill_merchant_km_log, /bill_ship_km_log, /prev_merchant_km_log]
        outputs:
          score: {tensor: score, column: 0}
        """;

    private const string State = """

        state:
          tensors: [{input: h, output: h_next}]
        """;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(7, 0)]
    [InlineData(101, 0)]
    [InlineData(7, 40)]
    [InlineData(16, 83)]
    public void Scores_of_a_keyed_stream_are_the_goldens_in_any_batch_and_after_a_restart(int batchSize, int restartAt)
    {
        JsonObject[] golden = Golden();
        using TestModel folder = Folder(State);
        using TabularModel model = folder.Load();
        Assert.True(model.KeepsState);
        KeyedRun run = new();

        var results = run.Run(model, golden[..restartAt].Select(Record), batchSize);
        if (restartAt > 0) run.Restart();
        results.AddRange(run.Run(model, golden[restartAt..].Select(Record), batchSize));

        for (int i = 0; i < golden.Length; i++)
        {
            Assert.Null(results[i].Error);
            Assert.Equal(golden[i]["output"]!["score"]![0]!.GetValue<float>(), results[i].Result.GetProperty("score").GetSingle(), 1e-5f);
        }

        Assert.Equal(6, run.Committed.Below(golden.Length, out _).Count);
    }

    [Fact]
    public void A_bad_record_of_a_key_leaves_its_state_alone()
    {
        JsonObject[] golden = Golden();
        using TestModel folder = Folder(State);
        using TabularModel model = folder.Load();
        List<MemoryRecord> records = [];
        foreach (JsonObject row in golden)
        {
            records.Add(Record(row));
            records.Add(MemoryRecord.Of(KeyOf(row), "{\"amount_log\":\"a lot\"}"));
            records.Add(MemoryRecord.Of(null, row["input"]!.ToJsonString()));
        }

        var results = new KeyedRun().Run(model, records, 64);

        for (int i = 0; i < golden.Length; i++)
        {
            Assert.Equal(golden[i]["output"]!["score"]![0]!.GetValue<float>(), results[3 * i].Result.GetProperty("score").GetSingle(), 1e-5f);
            Assert.NotNull(results[(3 * i) + 1].Error);
            Assert.Equal(RecordErrorCodes.MissingKey, results[(3 * i) + 2].Error!.Code);
        }
    }

    [Fact]
    public void A_state_that_is_not_finite_fails_its_record_and_the_key_keeps_the_one_before()
    {
        // h' = h / x: a zero makes it infinite.
        TinyOnnx graph = new TinyOnnx().Input("x", null, 1).Input("h", null, 1).Output("score", null, 1).Output("h_next", null, 1)
            .Node("Div", ["h", "x"], ["h_next"]).Node("Identity", ["x"], ["score"]);
        using TestModel folder = TestModel.Of(graph, """
            name: ratio
            version: 1
            kind: tabular
            inputs: [{tensor: x, features: [/x]}]
            outputs: {score: {tensor: score, column: 0}}
            state: {tensors: [{input: h, output: h_next, initial: 8}]}
            """);
        using TabularModel model = folder.Load();
        KeyedRun run = new();

        var results = run.Run(model, new[] { 2, 0, 2 }.Select(x => MemoryRecord.Of("k", $$"""{"x":{{x}}}""")), 3);

        Assert.Equal([null, RecordErrorCodes.InvalidOutput, null], results.Select(result => result.Error?.Code));
        Assert.Equal(2f, BitConverter.ToSingle(run.Committed.Below(3, out _).Find("k"u8)!.Value));
    }

    [Theory]
    [InlineData("\nstate: {tensors: [{input: hidden, output: h_next}]}", "no input tensor hidden")]
    [InlineData("\nstate: {tensors: [{input: h, output: score}]}", "score gives 1 values")]
    [InlineData("", "nothing fills the model's input h")]
    [InlineData("\nstate: {tensors: [{input: h, output: none}]}", "no output none")]
    [InlineData("\nstate: {tensors: []}", "at least one tensor")]
    [InlineData("\nstate: {tensors: [{input: h, output: h_next}], ttl: soon}", "a duration")]
    [InlineData("\nstate: {tensors: [{input: h, output: h_next}], max_keys: 0}", "max_keys")]
    [InlineData("\nstate: {tensors: [{input: h, output: h_next}], keys: 1}", "is not a key here")]
    public void What_does_not_fit_is_refused_at_load(string state, string message)
    {
        using TestModel folder = Folder(state);
        ModelLoadException refused = Assert.ThrowsAny<ModelLoadException>(() => folder.Load().Dispose());
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private static TestModel Folder(string state) => TestModel.Of(SharedData.Require("data/tabular/gru_state/model.onnx"), Body + state);

    private static JsonObject[] Golden() => [.. File.ReadLines(SharedData.Require("data/tabular/gru_state/golden.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

    private static MemoryRecord Record(JsonObject row) => MemoryRecord.Of(KeyOf(row), row["input"]!.ToJsonString());

    private static string KeyOf(JsonObject row) => row["input"]!["card_id"]!.GetValue<string>();
}
