using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using StreamInference.Onnx.Tabular;
using StreamInference.TestKit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Tests.Tabular;

public sealed class ModelSchemaTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "src", "StreamInference.Onnx", "Schemas", "model.schema.json"));
    private static readonly JsonObject Definitions = JsonNode.Parse(Text)!["$defs"]!.AsObject();
    private static readonly JsonSchema Schema = JsonSchema.FromText(Text);

    [Fact]
    public void The_schema_has_the_parsers_keys()
    {
        string[] parameters = [.. DescriptionKeys.Transforms.Values.SelectMany(keys => keys).Distinct()];
        Assert.Equal(DescriptionKeys.Model.Order(), KeysOf("tabular"));
        Assert.Equal(DescriptionKeys.Input.Concat(parameters).Order(), KeysOf("input"));
        Assert.Equal(DescriptionKeys.Feature.Concat(parameters).Order(), KeysOf("feature"));
        Assert.Equal(DescriptionKeys.Output.Order(), KeysOf("output"));
        Assert.Equal(DescriptionKeys.Decision.Order(), KeysOf("decision"));
        Assert.Equal(DescriptionKeys.Threshold.Order(), KeysOf("threshold"));
        Assert.Equal(DescriptionKeys.Passthrough.Order(), KeysOf("passthrough"));
    }

    [Fact]
    public void The_schema_has_the_parsers_transforms_and_comparisons()
    {
        JsonNode feature = Definitions["feature"]!["properties"]!;
        Assert.Equal(DescriptionKeys.Transforms.Keys, feature["transform"]!["enum"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(DescriptionKeys.Comparisons.Keys, Definitions["decision"]!["properties"]!["when"]!["enum"]!.AsArray().Select(name => (string?)name));
        JsonObject named = feature["transforms"]!["items"]!["oneOf"]![1]!["properties"]!.AsObject();
        Assert.Equal(DescriptionKeys.Transforms.Where(pair => pair.Value.Length > 0).Select(pair => pair.Key), named.Select(pair => pair.Key));
    }

    [Fact]
    public void Every_description_of_a_golden_model_is_valid()
    {
        foreach (string model in GoldenModels.Bodies.Keys) AssertValid(model, GoldenModels.Description(model));
    }

    [Fact]
    public void Every_tabular_model_of_the_repository_is_valid()
    {
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "models"), "model.yaml", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("kind: tabular", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        foreach (string file in files) AssertValid(file, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("threads: 0")]
    [InlineData("sperling: 1")]
    [InlineData("require: gpu")]
    [InlineData("passthrough: [id]")]
    public void The_schema_refuses_what_the_parser_refuses(string line)
    {
        string yaml = GoldenModels.Description("mlp") + "\n" + line;
        Assert.False(Schema.Evaluate(ToJson(yaml)).IsValid);
        Assert.Throws<StreamInference.Onnx.Descriptions.ModelDescriptionException>(() => TabularDescriptionReader.Read(yaml, "model.yaml"));
    }

    private static IEnumerable<string> KeysOf(string definition) => Definitions[definition]!["properties"]!.AsObject().Select(pair => pair.Key).Order();

    private static void AssertValid(string name, string yaml)
    {
        EvaluationResults results = Schema.Evaluate(ToJson(yaml), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(results.IsValid, $"{name}: {string.Join("; ", results.Details!.Where(detail => detail.Errors is { Count: > 0 }).Select(detail => $"{detail.InstanceLocation} {string.Join(',', detail.Errors!.Values)}"))}");
    }

    private static JsonElement ToJson(string yaml)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(yaml));
        return JsonSerializer.SerializeToElement(ToNode(stream.Documents[0].RootNode));
    }

    private static JsonNode? ToNode(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToNode(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToNode)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => flag.Value == "true",
        YamlScalarNode { Style: ScalarStyle.Plain } plain when double.TryParse(plain.Value, System.Globalization.CultureInfo.InvariantCulture, out double number) => number,
        YamlScalarNode text => text.Value,
        _ => null,
    };
}
