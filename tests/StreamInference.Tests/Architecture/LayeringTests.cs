using System.Xml.Linq;
using StreamInference.TestKit;

namespace StreamInference.Tests.Architecture;

/// <summary>Dependencies point one way: read off the project files, which is what the compiler is given.</summary>
public sealed class LayeringTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["StreamInference"] = [],
        ["StreamInference.Kafka"] = ["StreamInference"],
        ["StreamInference.Llm"] = ["StreamInference"],
        ["StreamInference.Onnx"] = ["StreamInference", "StreamInference.Llm"],
        ["StreamInference.Files"] = ["StreamInference"],
        ["StreamInference.Broker"] = [],
        ["StreamInference.Simulation"] = [],
        ["StreamInference.Gateway"] = ["StreamInference", "StreamInference.Kafka"],
        ["StreamInference.Replay"] = ["StreamInference", "StreamInference.Kafka", "StreamInference.Files"],
        ["StreamInference.Cli"] =
        [
            "StreamInference", "StreamInference.Kafka", "StreamInference.Files", "StreamInference.Llm", "StreamInference.Onnx", "StreamInference.Broker",
            "StreamInference.Simulation", "StreamInference.Gateway", "StreamInference.Replay",
        ],
    };

    /// <summary>A package that only one project may see.</summary>
    private static readonly Dictionary<string, string> Owners = new()
    {
        ["Confluent.Kafka"] = "StreamInference.Kafka",
        ["Microsoft.ML.OnnxRuntime"] = "StreamInference.Onnx",
        ["Microsoft.ML.OnnxRuntime.Gpu"] = "StreamInference.Onnx",
        ["Microsoft.ML.OnnxRuntime.Managed"] = "StreamInference.Onnx",
        ["SkiaSharp"] = "StreamInference.Onnx",
        ["Microsoft.ML.Tokenizers"] = "StreamInference.Llm",
        ["Parquet.Net"] = "StreamInference.Files",
        ["Spectre.Console"] = "StreamInference.Cli",
        ["Serilog"] = "StreamInference.Cli",
    };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(SharedData.RepositoryRoot, "src")).Select(Path.GetFileName).OfType<string>()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_its_layer_may_see(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} has no place in the layering yet.");
        IEnumerable<string> references = Items(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
        Assert.Empty(references.Except(Allowed[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_package_is_seen_by_its_owner_alone(string project)
    {
        foreach (string package in Items(project, "PackageReference"))
            if (Owners.TryGetValue(package, out string? owner)) Assert.Equal(owner, project);
    }

    [Fact]
    public void The_pipeline_assembly_refers_to_no_client_library()
    {
        IEnumerable<string?> references = typeof(StreamInference.Pipeline.PipelineWorker).Assembly.GetReferencedAssemblies().Select(name => name.Name);
        Assert.DoesNotContain(references, name => name is "Confluent.Kafka" or "Microsoft.ML.OnnxRuntime" || name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Items(string project, string kind)
    {
        string path = Path.Combine(SharedData.RepositoryRoot, "src", project, project + ".csproj");
        return XDocument.Load(path).Descendants(kind).Select(item => item.Attribute("Include")!.Value);
    }
}
