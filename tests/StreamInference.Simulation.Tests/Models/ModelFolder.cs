using System.Text.Json;
using StreamInference.TestKit;
using YamlDotNet.Serialization;

namespace StreamInference.Simulation.Tests.Models;

/// <summary>Reads the files of <c>models/</c>.</summary>
internal static class ModelFolder
{
    public static string PathOf(string model) => Path.Combine(SharedData.RepositoryRoot, "models", model);

    public static IEnumerable<JsonDocument> GoldenLines(string model) =>
        File.ReadLines(Path.Combine(PathOf(model), "golden.jsonl")).Select(line => JsonDocument.Parse(line));

    public static Dictionary<string, object> Description(string model) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(File.ReadAllText(Path.Combine(PathOf(model), "model.yaml")));

    /// <summary>JSON pointers of the features and of what passes through.</summary>
    public static List<string> Fields(string model)
    {
        Dictionary<string, object> description = Description(model);
        var inputs = (List<object>)description["inputs"];
        var features = inputs.Cast<Dictionary<object, object>>().SelectMany(input => (List<object>)input["features"]);
        return [.. features.Cast<Dictionary<object, object>>().Select(feature => (string)feature["field"]), .. ((List<object>)description["passthrough"]).SelectMany(Passed)];
    }

    // A pointer, or a mapping with several.
    private static IEnumerable<string> Passed(object item) => item is string field ? [field] : ((List<object>)((Dictionary<object, object>)item)["fields"]).Cast<string>();
}
