using System.Globalization;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using StreamInference.Onnx.Tabular;

namespace StreamInference.LoadTest.Systems;

/// <summary>Finds the model to run: the repository's demo model, or a bare ONNX file with a list of fields.</summary>
internal static class Models
{
    /// <summary>The demo model of simulated transactions, found from the build output upwards.</summary>
    public static string Demo
    {
        get
        {
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "StreamInference.sln"))) return Path.Combine(folder.FullName, "models", "fraud", "1");
            throw new DirectoryNotFoundException("The load test runs from a build output inside the repository.");
        }
    }

    public static TabularModel Load(SystemOptions options) => TabularModel.Load(options.Model.Length == 0 ? Demo : Describe(options));

    /// <summary>Writes the few lines that describe a bare ONNX file, beside a copy of it.</summary>
    private static string Describe(SystemOptions options)
    {
        using InferenceSession session = new(options.Model);
        string input = session.InputMetadata.Keys.Single();
        (string output, NodeMetadata shape) = session.OutputMetadata.Last(entry => entry.Value.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float);
        int column = shape.Dimensions is [_, 2] ? 1 : 0;
        StringBuilder yaml = new();
        yaml.AppendLine("name: load").AppendLine("version: 1").AppendLine("kind: tabular").AppendLine("file: model.onnx");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"max_batch_size: {options.Batch}").AppendLine("latency: false").AppendLine("inputs:");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  - tensor: {input}").AppendLine("    missing: 0");
        yaml.AppendLine(CultureInfo.InvariantCulture, $"    fields: [{string.Join(", ", options.Features.Select(field => "/" + field))}]");
        yaml.AppendLine("outputs:").AppendLine(CultureInfo.InvariantCulture, $"  score: {{ tensor: {output}, column: {column} }}").AppendLine("passthrough: [/seq]");
        string folder = Directory.CreateTempSubdirectory("load-test-").FullName;
        File.Copy(options.Model, Path.Combine(folder, "model.onnx"));
        File.WriteAllText(Path.Combine(folder, "model.yaml"), yaml.ToString());
        return folder;
    }
}
