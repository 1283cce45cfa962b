using System.Buffers;
using System.Text.Json;
using Json.Schema;
using StreamInference.Configuration;
using StreamInference.TestKit;
using YamlDotNet.Serialization;

namespace StreamInference.Simulation.Tests.Topics;

public sealed class FraudTopicFilesTests
{
    private static readonly string Folder = Path.Combine(SharedData.RepositoryRoot, "topics", "fraud");

    [Fact]
    public void The_sample_is_valid_and_is_the_first_golden_record()
    {
        using JsonDocument sample = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "sample-transaction.json")));
        Assert.True(IsValid("transaction.schema.json", sample.RootElement));
        using JsonDocument golden = Models.ModelFolder.GoldenLines("fraud/1").First();
        Assert.True(JsonElement.DeepEquals(golden.RootElement.GetProperty("input"), sample.RootElement));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Simulated_records_are_valid(bool includeLabel)
    {
        TransactionStream stream = new(new SimulatorOptions { Customers = 50, Terminals = 40, FraudRate = 0.1, IncludeLabel = includeLabel });
        ArrayBufferWriter<byte> value = new();
        ArrayBufferWriter<byte> key = new();
        for (int i = 0; i < 500; i++)
        {
            value.ResetWrittenCount();
            stream.WriteNext(value, key);
            using JsonDocument record = JsonDocument.Parse(value.WrittenMemory);
            Assert.True(IsValid("transaction.schema.json", record.RootElement), record.RootElement.GetRawText());
        }
    }

    [Theory]
    [InlineData(BadRecordKind.WrongType)]
    [InlineData(BadRecordKind.NestedValue)]
    [InlineData(BadRecordKind.MissingField)]
    [InlineData(BadRecordKind.NullField)]
    [InlineData(BadRecordKind.NotAnObject)]
    [InlineData(BadRecordKind.Huge)]
    public void Bad_records_that_are_JSON_are_not_valid(BadRecordKind kind)
    {
        TransactionStream stream = new(
            new SimulatorOptions { Customers = 50, Terminals = 40, WarmUpDays = 0 }, new BadRecordOptions { Fraction = 1, Kinds = [kind] });
        ArrayBufferWriter<byte> value = new();
        stream.WriteNext(value, new ArrayBufferWriter<byte>());
        using JsonDocument record = JsonDocument.Parse(value.WrittenMemory);
        Assert.False(IsValid("transaction.schema.json", record.RootElement));
    }

    [Theory]
    [InlineData("""{"transaction_id":"d7f030fc3e74beda","seq":7,"score":0.91,"decision":"decline","threshold":0.746,"model":"fraud","version":1,"latency_ms":12}""", true)]
    [InlineData("""{"transaction_id":"d7f030fc3e74beda","seq":7,"score":0.01,"decision":"approve","threshold":0.21,"model":"fraud","version":1}""", true)]
    [InlineData("""{"transaction_id":"d7f030fc3e74beda","seq":7,"score":1.2,"decision":"decline","threshold":0.746,"model":"fraud","version":1}""", false)]
    [InlineData("""{"transaction_id":"d7f030fc3e74beda","seq":7,"score":0.5,"decision":"maybe","threshold":0.21,"model":"fraud","version":1}""", false)]
    [InlineData("""{"transaction_id":"d7f030fc3e74beda","score":0.5,"decision":"review","threshold":0.21,"model":"fraud","version":1}""", false)]
    public void Scores_are_checked_by_their_schema(string json, bool isValid)
    {
        using JsonDocument result = JsonDocument.Parse(json);
        Assert.Equal(isValid, IsValid("score.schema.json", result.RootElement));
    }

    [Theory]
    [InlineData("""{"si-error":"missing_field","si-error-detail":"/amount is missing.","si-source":"transactions/3/42","si-pipeline":"fraud"}""", true)]
    [InlineData("""{"si-error":"missing_field","si-error-detail":"/amount is missing.","si-source":"transactions","si-pipeline":"fraud"}""", false)]
    [InlineData("""{"si-error-detail":"/amount is missing.","si-source":"transactions/3/42","si-pipeline":"fraud"}""", false)]
    public void Headers_of_dead_letters_are_checked_by_their_schema(string json, bool isValid)
    {
        using JsonDocument headers = JsonDocument.Parse(json);
        Assert.Equal(isValid, IsValid("dead-letter.schema.json", headers.RootElement));
    }

    [Fact]
    public void The_pipeline_uses_the_topics_that_are_defined_and_results_have_the_inputs_partitions()
    {
        Dictionary<object, object> pipeline = Yaml("pipeline.yaml");
        Dictionary<string, int> partitions = ((List<object>)Yaml("topics.yaml")["topics"]).Cast<Dictionary<object, object>>()
            .ToDictionary(topic => (string)topic["name"], topic => int.Parse((string)topic["partitions"]));
        Assert.Equal([Topic("input"), Topic("output"), Topic("dead_letter")], partitions.Keys);
        Assert.Equal(partitions[Topic("input")], partitions[Topic("output")]);

        string Topic(string section) => (string)((Dictionary<object, object>)pipeline[section])["topic"];
    }

    [Fact]
    public void The_pipeline_file_is_valid_and_pins_the_version_that_is_not_the_candidate()
    {
        PipelineConfig config = PipelineConfigFile.Load(Path.Combine(Folder, "pipeline.yaml"));
        Assert.Equal(1, ModelFolder.Find(config.Model).Version);
        Assert.Equal([1, 2], ModelFolder.Versions(config.Model.Path));
    }

    private static Dictionary<object, object> Yaml(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(File.ReadAllText(Path.Combine(Folder, file)));

    private static bool IsValid(string schema, JsonElement value) => Schemas[schema].Evaluate(value).IsValid;

    // A schema with an id registers itself, once.
    private static readonly Dictionary<string, JsonSchema> Schemas = Directory.GetFiles(Folder, "*.schema.json")
        .ToDictionary(file => Path.GetFileName(file), file => JsonSchema.FromText(File.ReadAllText(file)));
}
