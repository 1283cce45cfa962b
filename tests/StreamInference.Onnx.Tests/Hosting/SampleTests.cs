using System.Text;
using System.Text.Json.Nodes;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Tabular;
using StreamInference.Onnx.Tests.States;
using StreamInference.Onnx.Tests.Tabular;
using StreamInference.Onnx.Tests.Vision;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.Hosting;

/// <summary>The made-up records with which runners warm models up go the whole way: decoded, run, written.</summary>
public sealed class SampleTests
{
    [Theory]
    [InlineData("fraud/1")]
    [InlineData("fraud/2")]
    public void A_sample_of_the_fraud_models_is_scored(string name)
    {
        using TabularModel model = TabularModel.Load(Path.Combine(SharedData.RepositoryRoot, "models", name));
        var (result, error) = Assert.Single(TestModel.Answers(model, MemoryRecords.Batch(Text(model))));
        Assert.Null(error);
        Assert.NotNull(result!["score"]);
    }

    [Fact]
    public void A_sample_has_every_field_of_its_description_with_a_value_of_its_kind()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(5), """
            name: tiny
            version: 1
            kind: tabular
            inputs:
              - tensor: x
                features:
                  - /plain
                  - { field: /card/limit, transform: log1p }
                  - { field: /card/kind, transform: ordinal, values: [debit, credit] }
                  - { field: /items/0/price, transforms: [{ standardize: { mean: 5, std: 2 } }] }
                  - { field: /present, transform: boolean }
            outputs: { score: { tensor: y, column: 0 } }
            passthrough: [/note]
            """);
        using TabularModel model = folder.Load();

        JsonObject sample = JsonNode.Parse(Text(model))!.AsObject();
        Assert.Equal("debit", (string)sample["card"]!["kind"]!);
        Assert.True((bool)sample["present"]!);
        var (result, error) = Assert.Single(TestModel.Answers(model, MemoryRecords.Batch(Text(model))));
        Assert.Null(error);
        Assert.Equal((double)sample["plain"]!, (double)result!["score"]!, 1e-5);
    }

    [Fact]
    public void No_sample_is_shown_to_a_decoder_of_the_users_own()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), "name: tiny\nversion: 1\nkind: tabular\noutputs: { score: { tensor: y } }\n");
        using TabularModel model = folder.Load(new TabularModelOptions { Decoder = new NoDecoder() });
        Assert.True(model.Sample.IsEmpty);
    }

    [Theory]
    [InlineData("defects")]
    [InlineData("motion")]
    public void A_sample_frame_is_looked_at(string name)
    {
        using VisionModel model = LoadVision(name);
        var (result, error) = Assert.Single(new KeyedRun().Run(model, [new MemoryRecord("k"u8.ToArray(), model.Sample.ToArray())], 1));
        Assert.Null(error);
        Assert.Equal(640, result.GetProperty("width").GetInt32());
    }

    [Fact]
    public async Task A_warm_model_with_states_gives_what_a_cold_one_gives()
    {
        MemoryRecord[] frames = [.. Enumerable.Range(0, 12).Select(i => new MemoryRecord(Encoding.ASCII.GetBytes($"{i % 3}"), Pictures.Png(2, 2, 8, 0, [(byte)(i * 9), 9, 0, 99])))];
        using VisionModel cold = LoadVision("motion");
        var expected = new KeyedRun().Run(cold, frames, 5);
        VisionModel warm = LoadVision("motion");
        await using BatchModelRunner runner = new(warm, TimeProvider.System);
        KeyedRun run = new();

        // The runner is idle: nothing was submitted.
        var results = run.Run(warm, frames, 5);

        Assert.Equal(expected.Select(one => one.Result.GetRawText()), results.Select(one => one.Result.GetRawText()));
        Assert.Equal(3, run.Committed.Below(frames.Length, out _).Count);
    }

    private static string Text(TabularModel model) => Encoding.UTF8.GetString(model.Sample.Span);

    private static VisionModel LoadVision(string name) => VisionModel.Load(
        VisionDescriptionFile.Load(Path.Combine(SharedData.RepositoryRoot, "models", name, "1", "model.yaml")), new OnnxSessionFactory());

    private sealed class NoDecoder : IRecordDecoder
    {
        public RecordError? Decode(in StreamRecord record, Span<float> features) => throw new InvalidOperationException("nothing to decode");
    }
}
