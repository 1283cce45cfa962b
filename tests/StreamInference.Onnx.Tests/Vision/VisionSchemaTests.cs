using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Vision.Description;
using StreamInference.TestKit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Tests.Vision;

/// <summary>The published schema and the reader must agree on every key.</summary>
public sealed class VisionSchemaTests
{
    private const string Head = "{name: x, version: 1, kind: vision, ";
    private static readonly JsonObject Definitions =
        JsonNode.Parse(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "src", "StreamInference.Onnx", "Schemas", "model.schema.json")))!["$defs"]!.AsObject();

    private static readonly JsonSchema Schema = JsonSchema.FromText(new JsonObject
    {
        ["$id"] = "vision-only.schema.json",
        ["$ref"] = "#/$defs/vision",
        ["$defs"] = Definitions.DeepClone(),
    }.ToJsonString());

    public static TheoryData<string> Descriptions =>
    [
        SharedModels.Yolox, SharedModels.FastestDet, SharedModels.UltraFace, SharedModels.NanoDet, SharedModels.ShuffleNet, SharedModels.Mnist,
        File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "models", "defects", "1", "model.yaml")),
    ];

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Descriptions_of_real_models_are_valid(string yaml)
    {
        var results = Schema.Evaluate(ToJson(yaml), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(results.IsValid, string.Join("; ", results.Details!.Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Values)));
    }

    [Fact]
    public void Every_key_of_the_schema_is_read()
    {
        foreach (string section in new[] { "vision", "visionLimits", "visionPreprocess" })
            AssertRead(section == "vision" ? "" : JsonNamingPolicy.SnakeCaseLower.ConvertName(section["vision".Length..]), Definitions[section]!["properties"]!.AsObject(), "classification");
        foreach (var branch in Definitions["visionPostprocess"]!["oneOf"]!.AsArray())
            foreach (var kind in branch!["properties"]!["kind"]!["enum"]!.AsArray()) AssertRead("postprocess", branch["properties"]!.AsObject(), (string)kind!);
    }

    [Theory]
    [InlineData("threads: -1, postprocess: {kind: yolox}}")]
    [InlineData("postprocess: {kind: yolox, top_k: 3}}")]
    [InlineData("postprocess: {kind: segmentation}}")]
    [InlineData("preprocess: {fit: squeeze}, postprocess: {kind: ssd}}")]
    [InlineData("preprocess: {mean: [1, 2, 3, 4]}, postprocess: {kind: ssd}}")]
    [InlineData("providers: [gpu], postprocess: {kind: ssd}}")]
    [InlineData("limits: {max_pixels: 0}, postprocess: {kind: ssd}}")]
    [InlineData("colour: rgb, postprocess: {kind: ssd}}")]
    [InlineData("threads: 1}")]
    public void The_schema_refuses_what_the_reader_refuses(string rest)
    {
        Assert.False(Schema.Evaluate(ToJson(Head + rest)).IsValid);
        Assert.Throws<ModelDescriptionException>(() => VisionDescriptionFile.Read(Head + rest, "model.yaml"));
    }

    // A key that the reader does not know is reported as such; any other complaint about the placeholder is fine.
    private static void AssertRead(string section, JsonObject keys, string kind)
    {
        foreach (var (key, _) in keys)
        {
            if (key is "kind" or "name" or "version" or "postprocess") continue;
            string entry = $"{key}: ''";
            string postprocess = section == "postprocess" ? $"postprocess: {{kind: {kind}, {entry}}}" : $"postprocess: {{kind: {kind}}}";
            string inner = section is "" ? entry + ", " : section == "postprocess" ? "" : $"{section}: {{{entry}}}, ";
            string yaml = Head + inner + postprocess + "}";
            var errors = Record.Exception(() => VisionDescriptionFile.Read(yaml, "model.yaml")) is ModelDescriptionException exception ? exception.Errors : [];
            Assert.DoesNotContain(errors, error => error.Message.Contains("is not a key", StringComparison.Ordinal));
        }
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
        YamlScalarNode { Style: ScalarStyle.Plain } plain when double.TryParse(plain.Value, CultureInfo.InvariantCulture, out double number) => number,
        YamlScalarNode text => text.Value,
        _ => null,
    };
}
