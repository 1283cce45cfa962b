using System.Text;
using System.Text.Json.Nodes;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tests.Tabular;

/// <summary>A model's folder made for a test, and what the model answers.</summary>
internal sealed class TestModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal string Path => _folder.Path;

    /// <summary>Writes a description over a model of the shared data.</summary>
    internal static TestModel Of(string modelFile, string yaml)
    {
        TestModel folder = new();
        File.Copy(modelFile, System.IO.Path.Combine(folder.Path, "model.onnx"));
        folder._folder.Write("model.yaml", yaml);
        return folder;
    }

    internal static TestModel Of(TinyOnnx model, string yaml)
    {
        TestModel folder = new();
        folder._folder.Write("model.onnx", model.ToBytes());
        folder._folder.Write("model.yaml", yaml);
        return folder;
    }

    internal TabularModel Load(TabularModelOptions? options = null) => TabularModel.Load(Path, options);

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs a batch: for each record the result as JSON, or the error.</summary>
    internal static IReadOnlyList<(JsonObject? Result, RecordError? Error)> Answers(IBatchModel model, MicroBatch batch)
    {
        ResultBatch results = new();
        model.Run(batch, results);
        return [.. Enumerable.Range(0, results.Count).Select(index => AnswerOf(results, index))];
    }

    private static (JsonObject? Result, RecordError? Error) AnswerOf(ResultBatch results, int index)
    {
        Result result = results.Results[index];
        Assert.Equal(index, result.Record.Offset);
        Assert.True(result.IsFinal);
        if (result.Error is not null) return (null, result.Error);
        return (JsonNode.Parse(Encoding.UTF8.GetString(results.ValueOf(result)))!.AsObject(), null);
    }
}
