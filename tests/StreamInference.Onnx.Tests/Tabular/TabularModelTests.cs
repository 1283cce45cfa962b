using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tests.Tabular;

public sealed class TabularModelTests
{
    private const string Head = """
        name: tiny
        version: 4
        kind: tabular
        max_batch_size: 32

        """;

    private const string OneField = Head + """
        inputs: [ { tensor: x, fields: [/a] } ]
        outputs: { score: { tensor: y } }
        """;

    [Fact]
    public void A_result_has_what_passes_through_the_score_the_decision_and_the_model()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), OneField + """

            decision: { thresholds: [ { at: 0.5, name: decline }, { at: 0.2, name: review } ], otherwise: approve }
            passthrough: [/id, /card, { field: /card/country, as: country }, /none]
            """);
        using TabularModel model = folder.Load();
        ResultBatch results = new();
        model.Run(MemoryRecords.Batch("{\"id\":\"t\\u00e9\",\"a\":0.2,\"card\":{\"country\":\"ES\",\"tags\":[1, 2]}}", "{\"a\":0.75,\"id\":7}", "{\"a\":1e-8,\"id\":null}"), results);
        Assert.Equal(
            [
                "{\"id\":\"t\\u00e9\",\"card\":{\"country\":\"ES\",\"tags\":[1, 2]},\"country\":\"ES\",\"score\":0.2,\"decision\":\"review\",\"threshold\":0.2,\"model\":\"tiny\",\"version\":4}",
                "{\"id\":7,\"score\":0.75,\"decision\":\"decline\",\"threshold\":0.5,\"model\":\"tiny\",\"version\":4}",
                "{\"id\":null,\"score\":1E-08,\"decision\":\"approve\",\"threshold\":0.2,\"model\":\"tiny\",\"version\":4}",
            ],
            results.Results.ToArray().Select(result => Encoding.UTF8.GetString(results.ValueOf(result))));
    }

    [Fact]
    public void A_field_passes_through_with_the_decisions_that_it_names()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), OneField + """

            decision: { thresholds: [ { at: 0.5, name: decline }, { at: 0.2, name: review } ], otherwise: approve }
            passthrough: [{ when: decline, fields: [/card, /a] }, /id, { field: /shop, as: held, when: [review, decline] }]
            """);
        using TabularModel model = folder.Load();
        var answers = TestModel.Answers(model, MemoryRecords.Batch([.. new[] { 0.9, 0.3, 0.1 }.Select(a => $$"""{"id":1,"card":7,"shop":8,"a":{{a.ToString(CultureInfo.InvariantCulture)}}}""")]));
        Assert.Equal(
            ["card,a,id,held,score", "id,held,score", "id,score"],
            answers.Select(answer => string.Join(',', answer.Result!.Select(member => member.Key).TakeWhile(name => name != "decision"))));
    }

    [Fact]
    public void A_bad_record_fails_in_its_place_and_takes_no_row()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), OneField);
        using TabularModel model = folder.Load();
        var answers = TestModel.Answers(model, MemoryRecords.Batch("{", "{\"a\":1}", null, "{\"a\":\"1\"}", "{\"a\":2}", "{}", "{\"a\":3}", ""));
        Assert.Equal(
            [RecordErrorCodes.MalformedJson, null, RecordErrorCodes.NullValue, RecordErrorCodes.WrongType, null, RecordErrorCodes.MissingField, null, RecordErrorCodes.EmptyValue],
            answers.Select(answer => answer.Error?.Code));
        Assert.Equal([1d, 2d, 3d], answers.Where(answer => answer.Error is null).Select(answer => (double)answer.Result!["score"]!));
    }

    [Fact]
    public void A_batch_of_bad_records_runs_no_model()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), OneField);
        using TabularModel model = folder.Load();
        Assert.All(TestModel.Answers(model, MemoryRecords.Batch("x", "y")), answer => Assert.Equal(RecordErrorCodes.MalformedJson, answer.Error?.Code));
    }

    [Theory]
    [InlineData(0, 9, 17)]
    [InlineData(5, 5, 5)]
    [InlineData(31, 30, 0)]
    public void Only_the_records_that_fail_alone_are_poison(params int[] poison)
    {
        using TestModel folder = TestModel.Of(Lookup(), OneField);
        using TabularModel model = folder.Load();
        var answers = TestModel.Answers(model, MemoryRecords.Batch([.. Enumerable.Range(0, 32).Select(row => $"{{\"a\":{(poison.Contains(row) ? 99 : row % 4)}}}")]));
        for (int row = 0; row < 32; row++)
        {
            if (poison.Contains(row)) Assert.Equal(new RecordError(RecordErrorCodes.ModelFailed, "The model fails on this record alone: InvalidArgument in Gather."), answers[row].Error);
            else Assert.Equal(10 * ((row % 4) + 1), (double)answers[row].Result!["score"]!);
        }
    }

    [Fact]
    public void A_label_can_be_a_text()
    {
        TinyOnnx labels = new TinyOnnx().Input("x", null, 1)
            .Texts("names", "genuine", "card \"stolen\"", "é")
            .Node("Cast", ["x"], ["index"], ("to", 7))
            .Node("Gather", ["names", "index"], ["label"])
            .Node("Identity", ["x"], ["y"])
            .TextOutput("label", null, 1)
            .Output("y", null, 1);
        using TestModel folder = TestModel.Of(labels, OneField.Replace("outputs: {", "outputs: { label: { tensor: label },", StringComparison.Ordinal));
        using TabularModel model = folder.Load();
        var answers = TestModel.Answers(model, MemoryRecords.Batch("{\"a\":1}", "{\"a\":9}", "{\"a\":0}", "{\"a\":2}", "{\"a\":1}"));
        Assert.Equal(["card \"stolen\"", null, "genuine", "é", "card \"stolen\""], answers.Select(answer => (string?)answer.Result?["label"]));
        Assert.Equal([1d, 0d, 2d, 1d], answers.Where(answer => answer.Error is null).Select(answer => (double)answer.Result!["score"]!));
    }

    [Fact]
    public void A_batch_of_poison_alone_does_not_break_the_model()
    {
        using TestModel folder = TestModel.Of(Lookup(), OneField);
        using TabularModel model = folder.Load();
        Assert.All(TestModel.Answers(model, MemoryRecords.Batch("{\"a\":9}", "{\"a\":-9}")), answer => Assert.Equal(RecordErrorCodes.ModelFailed, answer.Error?.Code));
        Assert.Equal(20, (double)TestModel.Answers(model, MemoryRecords.Batch("{\"a\":1}"))[0].Result!["score"]!);
    }

    [Fact]
    public void A_result_that_is_not_finite_fails_unless_the_description_lets_it_out()
    {
        TinyOnnx logarithm = new TinyOnnx().Input("x", null, 1).Node("Log", ["x"], ["y"]).Output("y", null, 1);
        MicroBatch batch = MemoryRecords.Batch("{\"a\":1}", "{\"a\":0}", "{\"a\":-1}");
        using TestModel strict = TestModel.Of(logarithm, OneField);
        using TabularModel model = strict.Load();
        Assert.Equal([null, RecordErrorCodes.InvalidOutput, RecordErrorCodes.InvalidOutput], TestModel.Answers(model, batch).Select(answer => answer.Error?.Code));
        using TestModel lenient = TestModel.Of(logarithm, OneField + "\nallow_non_finite: true");
        using TabularModel other = lenient.Load();
        Assert.Equal(["0", "\"-Infinity\"", "\"NaN\""], TestModel.Answers(other, batch).Select(answer => answer.Result!["score"]!.ToJsonString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_fixed_batch_axis_is_filled_up(int rows)
    {
        TinyOnnx fixedRows = new TinyOnnx().Input("x", rows, 1).Node("Identity", ["x"], ["y"]).Output("y", rows, 1);
        using TestModel folder = TestModel.Of(fixedRows, OneField);
        using TabularModel model = folder.Load();
        Assert.Equal(rows, model.RowsPerRun);
        var answers = TestModel.Answers(model, MemoryRecords.Batch([.. Enumerable.Range(0, 10).Select(row => $"{{\"a\":{row}}}")]));
        Assert.Equal(Enumerable.Range(0, 10).Select(row => (double)row), answers.Select(answer => (double)answer.Result!["score"]!));
    }

    [Fact]
    public void A_model_whose_rows_mix_is_found_out_and_runs_one_at_a_time()
    {
        TinyOnnx mixing = new TinyOnnx().Input("x", null, 1)
            .Node("ReduceMean", ["x"], ["mean"], ("keepdims", 1))
            .Node("Sub", ["x", "mean"], ["y"])
            .Output("y", null, 1);
        ListLogger log = new();
        using TestModel folder = TestModel.Of(mixing, OneField);
        using TabularModel model = folder.Load(new TabularModelOptions { Logger = log });
        Assert.Equal(RowIndependence.Dependent, model.RowIndependence.Verdict);
        Assert.True(model.RowIndependence.LargestDifference > 0.1);
        Assert.Single(log.Messages, message => message.Contains("depend on the rows beside them", StringComparison.Ordinal));
        Assert.All(TestModel.Answers(model, MemoryRecords.Batch("{\"a\":1}", "{\"a\":5}")), answer => Assert.Equal(0, (double)answer.Result!["score"]!));
    }

    [Fact]
    public void An_output_without_a_row_for_each_row_is_refused()
    {
        TinyOnnx sum = new TinyOnnx().Input("x", null, 1).Node("ReduceSum", ["x"], ["y"], ("keepdims", 1)).Output("y", null, 1);
        using TestModel folder = TestModel.Of(sum, OneField);
        ModelLoadException refused = Assert.Throws<ModelLoadException>(() => folder.Load().Dispose());
        Assert.Contains("The output y has the shape [1, 1] for 3 rows", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_that_does_not_fit_the_model_is_refused_with_every_mistake()
    {
        TinyOnnx model = new TinyOnnx().Input("x", null, 2).Input("z", null, 1).Node("Identity", ["x"], ["y"]).Output("y", null, 2);
        using TestModel folder = TestModel.Of(model, Head + "inputs: [ { tensor: x, fields: [/a] }, { tensor: w, fields: [/b] } ]\noutputs: { score: { tensor: p } }");
        ModelDescriptionException refused = Assert.Throws<ModelDescriptionException>(() => folder.Load().Dispose());
        Assert.Equal(4, refused.Errors.Count);
        Assert.Contains("a row of x has 2 values in the model, and the description gives 1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("the model has no input tensor w; it has x, z", refused.Message, StringComparison.Ordinal);
        Assert.Contains("nothing fills the model's input z", refused.Message, StringComparison.Ordinal);
        Assert.Contains("the model has no output p; it has y", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_with_several_values_decides_nothing()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(2), Head + """
            inputs: [ { tensor: x, fields: [/a, /b] } ]
            outputs: { score: { tensor: y }, far: { tensor: y, column: 2 }, fraud: { tensor: y, class: 1 } }
            decision: { thresholds: [ { at: 1, name: stop } ], otherwise: go }
            """);
        ModelDescriptionException refused = Assert.Throws<ModelDescriptionException>(() => folder.Load().Dispose());
        Assert.Contains("outputs.far.column: y has 2 values in a row, counted from 0", refused.Message, StringComparison.Ordinal);
        Assert.Contains("outputs.fraud.class: y has no classes; use column", refused.Message, StringComparison.Ordinal);
        Assert.Contains("score has several values", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_decodes_and_encodes_without_inputs_in_the_description()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(3), Head + "outputs: { score: { tensor: y, column: 2 }, all: { tensor: y } }");
        using TabularModel model = folder.Load(new TabularModelOptions { Decoder = new CommaDecoder(), Encoder = new CommaEncoder() });
        ResultBatch results = new();
        model.Run(MemoryRecords.Batch("1,2,3", "oops", "4,5"), results);
        Assert.Equal("tiny@4:3,1,2,3", Encoding.UTF8.GetString(results.ValueOf(results.Results[0])));
        Assert.Equal("bad_comma", results.Results[1].Error?.Code);
        Assert.Equal("tiny@4:0,4,5,0", Encoding.UTF8.GetString(results.ValueOf(results.Results[2])));
    }

    [Fact]
    public void What_passes_through_is_read_beside_a_users_decoder()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), Head + "outputs: { score: { tensor: y } }\npassthrough: [/id]");
        using TabularModel model = folder.Load(new TabularModelOptions { Decoder = new LengthDecoder() });
        var answers = TestModel.Answers(model, MemoryRecords.Batch("{\"id\":5}", "no JSON"));
        Assert.Equal((5, 8), ((int)answers[0].Result!["id"]!, (int)answers[0].Result!["score"]!));
        Assert.Equal(RecordErrorCodes.MalformedJson, answers[1].Error?.Code);
    }

    [Fact]
    public void Latency_is_from_the_records_timestamp_to_its_scoring()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), OneField + "\nlatency: true");
        using TabularModel model = folder.Load(new TabularModelOptions { Time = new StoppedClock(DateTimeOffset.FromUnixTimeMilliseconds(42)) });
        Assert.Equal(42, (int)TestModel.Answers(model, MemoryRecords.Batch("{\"a\":1}"))[0].Result!["latency_ms"]!);
    }

    [Theory]
    [InlineData("{ field: /a, transform: log1p }", "1e-12", 1e-12)]
    [InlineData("{ field: /a, transform: standardize, mean: 3, std: 2 }", "7", 2)]
    [InlineData("{ field: /a, transforms: [{ modulo: 86400 }, { divide: 86400 }] }", "108000", 0.25)]
    [InlineData("{ field: /a, transforms: [{ modulo: 10 }] }", "-3", 7)]
    [InlineData("{ field: /a, transform: min_max, min: 10, max: 20 }", "25", 1.5)]
    [InlineData("{ field: /a, transform: clip, min: 10, max: 20 }", "25", 20)]
    [InlineData("{ field: /a, transforms: [{ multiply: 3 }, { clip: { min: 0, max: 5 } }] }", "1.5", 4.5)]
    [InlineData("{ field: /a, transforms: [{ sine: 24 }] }", "6", 1)]
    [InlineData("{ field: /a, transforms: [{ cosine: 24 }] }", "12", -1)]
    [InlineData("{ field: /a, transform: boolean }", "true", 1)]
    [InlineData("{ field: /a, transform: boolean, missing: false }", "null", 0)]
    [InlineData("{ field: /a, transform: ordinal, values: [x, y] }", "\"y\"", 1)]
    [InlineData("{ field: /a, transform: ordinal, values: [x, y], unknown: -1 }", "\"z\"", -1)]
    [InlineData("{ field: /a, transform: ordinal, values: [x, y], missing: y }", "null", 1)]
    [InlineData("{ field: /a, transform: ordinal, values: [10, 20] }", "2e1", 1)]
    [InlineData("{ field: /a, transforms: [{ ordinal: { values: [x, y] } }, { multiply: 2 }] }", "\"y\"", 2)]
    [InlineData("{ field: /a, transform: log1p, missing: 0 }", "null", 0)]
    public void Steps_give_the_feature(string feature, string value, double expected)
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), Head + $"inputs: [ {{ tensor: x, features: [ {feature} ] }} ]\noutputs: {{ score: {{ tensor: y }} }}");
        using TabularModel model = folder.Load();
        (JsonObject? result, RecordError? error) = TestModel.Answers(model, MemoryRecords.Batch($"{{\"a\":{value}}}"))[0];
        Assert.Null(error);
        Assert.Equal((float)expected, (float)(double)result!["score"]!);
    }

    [Theory]
    [InlineData("{ field: /a, transform: one_hot, values: [x, y], unknown_bucket: true }", "\"y\"", "[0,1,0]")]
    [InlineData("{ field: /a, transform: one_hot, values: [x, y], unknown_bucket: true }", "\"z\"", "[0,0,1]")]
    [InlineData("{ field: /a, transform: one_hot, values: [x, y, z], unknown: ignore }", "\"w\"", "[0,0,0]")]
    [InlineData("{ field: /a, transform: one_hot, values: [true, false, 3] }", "3", "[0,0,1]")]
    public void Categories_become_columns(string feature, string value, string expected)
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(3), Head + $"inputs: [ {{ tensor: x, features: [ {feature} ] }} ]\noutputs: {{ row: {{ tensor: y }} }}");
        using TabularModel model = folder.Load();
        Assert.Equal(expected, TestModel.Answers(model, MemoryRecords.Batch($"{{\"a\":{value}}}"))[0].Result!["row"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{ field: /a, transform: log1p }", "-2", RecordErrorCodes.NotFinite)]
    [InlineData("{ field: /a, transform: ordinal, values: [x] }", "\"z\"", RecordErrorCodes.UnknownCategory)]
    [InlineData("{ field: /a, transform: ordinal, values: [x] }", "1", RecordErrorCodes.WrongType)]
    [InlineData("{ field: /a, transform: boolean }", "1", RecordErrorCodes.WrongType)]
    [InlineData("{ field: /a }", "true", RecordErrorCodes.WrongType)]
    public void A_value_that_a_step_cannot_take_fails_its_record(string feature, string value, string code)
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), Head + $"inputs: [ {{ tensor: x, features: [ {feature} ] }} ]\noutputs: {{ score: {{ tensor: y }} }}");
        using TabularModel model = folder.Load();
        Assert.Equal(code, TestModel.Answers(model, MemoryRecords.Batch($"{{\"a\":{value}}}"))[0].Error?.Code);
    }

    [Fact]
    public void A_version_that_its_folder_contradicts_is_refused()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), OneField);
        string version = Path.Combine(folder.Path, "models", "3");
        Directory.CreateDirectory(version);
        foreach (string file in Directory.EnumerateFiles(folder.Path)) File.Copy(file, Path.Combine(version, Path.GetFileName(file)));
        ModelLoadException refused = Assert.Throws<ModelDescriptionException>(() => TabularModel.Load(Path.Combine(folder.Path, "models")).Dispose());
        Assert.Contains("is 4 in the folder of version 3", refused.Message, StringComparison.Ordinal);
    }

    // Gather throws for an index beyond its table, and takes the batch with it.
    private static TinyOnnx Lookup() => new TinyOnnx().Input("x", null, 1)
        .Constant("table", [4], 10, 20, 30, 40)
        .Node("Cast", ["x"], ["index"], ("to", 7))
        .Node("Gather", ["table", "index"], ["y"])
        .Output("y", null, 1);

    private sealed class CommaDecoder : IRecordDecoder
    {
        public RecordError? Decode(in StreamRecord record, Span<float> features)
        {
            string[] parts = Encoding.UTF8.GetString(record.Value).Split(',');
            for (int index = 0; index < parts.Length; index++)
                if (!float.TryParse(parts[index], CultureInfo.InvariantCulture, out features[index])) return new RecordError("bad_comma", "Not numbers.");
            return null;
        }
    }

    private sealed class LengthDecoder : IRecordDecoder
    {
        public RecordError? Decode(in StreamRecord record, Span<float> features)
        {
            features[0] = record.Value.Length;
            return null;
        }
    }

    private sealed class CommaEncoder : IResultEncoder
    {
        public void Encode(in StreamRecord record, ReadOnlySpan<float> outputs, ModelIdentity model, IBufferWriter<byte> into) =>
            into.Write(Encoding.UTF8.GetBytes($"{model}:{string.Join(',', outputs.ToArray())}"));
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private sealed class ListLogger : ILogger
    {
        internal List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Add(formatter(state, exception));
    }
}
