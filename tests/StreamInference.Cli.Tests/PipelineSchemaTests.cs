using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Json.Schema;
using StreamInference.Configuration;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

public sealed class PipelineSchemaTests
{
    private const string Valid = """
        {
          "name": "fraud", "kind": "tabular",
          "input": { "topic": "transactions", "group": "g", "offset_reset": "latest", "max_record_bytes": "2MiB" },
          "output": { "topic": "scores", "headers": "source" },
          "dead_letter": { "topic": "bad" },
          "model": { "path": "models/fraud", "version": 3, "providers": ["cuda", "cpu"], "require": "cuda" },
          "workers": 2,
          "batch": { "policy": "fixed", "max_size": 64, "max_wait": "1ms", "target_latency": "20ms" },
          "commit": { "interval": "1s", "max_records": 10, "max_bytes": 65536 },
          "limits": { "max_in_flight_records": 128 },
          "kafka": { "bootstrap.servers": "b:9092", "consumer": { "fetch.wait.max.ms": 10 }, "producer": { "linger.ms": 2.5, "compression.type": null } }
        }
        """;

    // Rules between settings, which a JSON Schema cannot say.
    private static readonly string[] BetweenSettings = ["the input topic", "the output topic", "model.providers:", "batch.max_size", "batch.target_latency"];

    private static readonly JsonSchema Schema = JsonSchema.FromText(PipelineSchema.Create());

    [Fact]
    public void The_published_schema_is_the_one_that_the_records_make() =>
        Assert.Equal(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "topics/pipeline.schema.json")), PipelineSchema.Create());

    [Fact]
    public async Task The_command_prints_it()
    {
        using CliRunner run = await CliRunner.Run("schema");
        Assert.Equal(PipelineSchema.Create(), run.Out);
    }

    [Fact]
    public void Schema_and_records_accept_the_full_example()
    {
        Assert.True(SchemaAccepts(Valid));
        Assert.Empty(Errors(Valid));
    }

    /// <summary>
    /// Replaces one value of the full example, or adds or removes a key, and asks both. Limits of durations and of sizes in text are beyond JSON Schema:
    /// the values drawn here keep to what both can say.
    /// </summary>
    [Fact]
    public void Schema_and_records_agree_on_every_change_of_one_value()
    {
        string[] paths = [.. Paths(JsonNode.Parse(Valid)!, "")];
        string[] values =
        [
            "null", "true", "0", "1", "-1", "7", "1.5", "\"\"", "\"x\"", "\"a b\"", "\"5ms\"", "\"5 s\"", "\"5\"", "\"ms\"", "\"64KiB\"", "\"64 furlongs\"", "\"latest\"",
            "\"earliest\"", "\"fixed\"", "\"none\"", "\"fixde\"", "\"3\"", "\"0\"", "99999999999", "[]", "[\"cpu\"]", "[\"cpu\", 1]", "[[]]", "{}", "{\"topic\": \"t\"}", "{\"x\": 1}",
        ];
        string[] changes = ["replace", "remove", "add"];
        Gen.Select(OneOf(paths), OneOf(values), OneOf(changes)).Sample(
            (path, value, change) =>
            {
                string changed = Change(path, value, change);
                bool schema = SchemaAccepts(changed);
                ConfigError[] errors = [.. Errors(changed).Where(error => !Array.Exists(BetweenSettings, error.Message.Contains) && !(value[0] == '"' && error.Message.Contains(" must be at ")))];
                if (schema != (errors.Length == 0)) throw new InvalidOperationException($"{change} {path} {value}: schema {schema}, records: {string.Join("; ", errors.Select(e => e.ToString()))}");
            },
            iter: 1500);
    }

    private static bool SchemaAccepts(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Schema.Evaluate(document.RootElement).IsValid;
    }

    private static Gen<string> OneOf(string[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static IReadOnlyList<ConfigError> Errors(string json)
    {
        try
        {
            PipelineConfigFile.Parse(json, "pipeline.yaml", checkPaths: false);
            return [];
        }
        catch (InvalidConfigurationException exception)
        {
            return exception.Errors;
        }
    }

    private static IEnumerable<string> Paths(JsonNode node, string prefix) =>
        node is not JsonObject section ? [] : section.SelectMany(p => (p.Value is null ? [] : Paths(p.Value, $"{prefix}{p.Key}/")).Prepend(prefix + p.Key));

    private static string Change(string path, string value, string change)
    {
        JsonNode root = JsonNode.Parse(Valid)!;
        string[] keys = path.Split('/');
        JsonObject section = (JsonObject)keys[..^1].Aggregate(root, (node, key) => node[key]!);
        if (change == "remove") section.Remove(keys[^1]);
        else section[change == "add" ? keys[^1] + "_x" : keys[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
