using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Tabular;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Tabular;

public sealed class TabularDescriptionTests
{
    private const string Minimal = """
        name: fraud
        version: 3
        kind: tabular
        inputs: [ { tensor: x, fields: [/a] } ]
        outputs: { score: { tensor: y } }
        """;

    [Fact]
    public void A_minimal_description_has_defaults()
    {
        TabularModelDescription description = Read(Minimal);
        Assert.Equal(("fraud", 3, "model.onnx", 1024, 1), (description.Name, description.Version, description.File, description.MaxBatchSize, description.Threads));
        Assert.Equal([ExecutionProvider.Cpu], description.Providers);
        Assert.Null(description.Require);
        Assert.Null(description.Decision);
        Assert.False(description.AllowRowDependence || description.AllowNonFinite || description.Latency);
    }

    [Fact]
    public void Features_come_in_every_form()
    {
        TabularModelDescription description = Read("""
            name: fraud
            version: 1
            kind: tabular
            providers: [cuda, cpu]
            require: cuda
            inputs:
              - tensor: features
                features:
                  - /plain
                  - "/V{1..3}"
                  - { field: /amount, transform: standardize, mean: 1.5, std: 2, missing: 0 }
                  - { fields: [/p, /q], transform: standardize, mean: [1, 2], std: [3, 4] }
                  - { field: /hour, transforms: [log1p, { standardize: { mean: 0, std: 1 } }, { divide: 24 }] }
                  - { field: /channel, transform: ordinal, values: [CP, CNP, 7, true], unknown: -1 }
                  - { field: /category, transform: one_hot, values: [a, "1"], unknown_bucket: true }
              - { tensor: threshold, constant: 0.5 }
              - { columns: [/Time, /card/limit], missing: .nan }
            outputs:
              score: { tensor: p, column: 1 }
              other: { tensor: q, class: fraud }
            decision: { thresholds: [ { at: 0.2, name: review }, { at: 0.5, name: decline } ], otherwise: approve }
            passthrough: [/transaction_id, { field: /card/id, as: card }]
            """);
        IReadOnlyList<FeatureDescription> features = description.Inputs[0].Features;
        Assert.Equal(["/plain", "/V1", "/V2", "/V3", "/amount", "/p", "/q", "/hour", "/channel", "/category"], features.Select(feature => feature.Field));
        Assert.Equal([new FeatureTransform.Standardize(1.5, 2)], features[4].Transforms);
        Assert.Equal(new JsonScalar.Number(0), features[4].Missing);
        Assert.Equal([new FeatureTransform.Standardize(2, 4)], features[6].Transforms);
        Assert.Equal([new FeatureTransform.Log1p(), new FeatureTransform.Standardize(0, 1), new FeatureTransform.Divide(24)], features[7].Transforms);
        FeatureTransform.Ordinal ordinal = Assert.IsType<FeatureTransform.Ordinal>(features[8].Transforms[0]);
        Assert.Equal([new JsonScalar.Text("CP"), new JsonScalar.Text("CNP"), new JsonScalar.Number(7), new JsonScalar.Flag(true)], ordinal.Values);
        Assert.Equal(3, features[9].Transforms[0].Width);
        Assert.Equal(0.5, description.Inputs[1].Constant);
        Assert.Equal(["Time", "limit"], description.Inputs.Skip(2).Select(input => input.Tensor));
        Assert.Equal(["decline", "review"], description.Decision!.Thresholds.Select(threshold => threshold.Name));
        Assert.Equal([new PassthroughDescription("/transaction_id", "transaction_id"), new PassthroughDescription("/card/id", "card")], description.Passthrough);
        Assert.Equal(ExecutionProvider.Cuda, description.Require);
    }

    [Fact]
    public void Every_mistake_is_reported_at_once_with_file_line_and_key()
    {
        ModelDescriptionException refused = Assert.Throws<ModelDescriptionException>(() => Read("""
            name: fraud
            version: zero
            kind: tabular
            provider: [cpu]
            providers: [gpu]
            inputs:
              - tensor: x
                features:
                  - { field: amount }
                  - { field: /b, transform: standardise }
                  - { field: /c, transform: standardize, mean: 1 }
                  - { field: /d, transform: log1p, base: 2 }
                  - { field: /e, transforms: [log1p, { ordinal: { values: [a, a] } }] }
            outputs:
              decision: { tensor: y }
              score: { tensor: y, column: -1 }
            decision: { thresholds: [], when: over, output: label }
            passthrough: [id, /score]
            """));
        Assert.Equal(
            [
                "model.yaml(2): version: must be a whole number from 1 to 2147483647",
                "model.yaml(4): provider: is not a key here",
                "model.yaml(5): providers: 'gpu' is not a provider",
                "model.yaml(9): inputs[0].features[0].field: 'amount' is not a JSON pointer",
                "model.yaml(10): inputs[0].features[1].transform: is not a transform: 'standardise'",
                "model.yaml(11): inputs[0].features[2].std: is missing",
                "model.yaml(12): inputs[0].features[3].base: is not a key here",
                "model.yaml(13): inputs[0].features[4].transforms: ordinal, one_hot and boolean read the record's own value, so they come first",
                "model.yaml(13): inputs[0].features[4].transforms[1].ordinal.values: has a value twice",
                "model.yaml(15): outputs.decision: is a name that the result uses itself",
                "model.yaml(16): outputs.score.column: must be a whole number from 0 to 2147483647",
                "model.yaml(17): decision.otherwise: is missing",
                "model.yaml(17): decision.output: 'label' is not among the outputs",
                "model.yaml(17): decision.thresholds: must have at least one threshold",
                "model.yaml(17): decision.when: must be one of at_least, above, at_most, below",
                "model.yaml(18): passthrough[0]: 'id' is not a JSON pointer",
                "model.yaml(18): passthrough[1]: the result has another score; give this one a name with as",
            ],
            refused.Errors.OrderBy(error => error.Line).ThenBy(error => error.Key, StringComparer.Ordinal).Select(error => error.ToString().Split([";", " such as"], StringSplitOptions.None)[0] + (error.ToString().Contains("with as", StringComparison.Ordinal) ? "; give this one a name with as" : "")));
        Assert.All(refused.Errors, error => Assert.Contains(error.ToString(), refused.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("passthrough: [{ field: /b, when: refuse }]", "'refuse' is none of the decisions")]
    [InlineData("passthrough: [{ field: /b, when: [] }]", "must name at least one decision")]
    [InlineData("passthrough: [{ field: /b, fields: [/c] }]", "excludes field")]
    [InlineData("passthrough: [{ fields: [/b, /c], as: d }]", "names one field")]
    public void A_field_that_passes_through_never_is_refused(string passthrough, string message) =>
        Assert.Contains(message, Assert.Throws<ModelDescriptionException>(() => Read(Minimal + "\n" + passthrough)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a: [", "is not YAML")]
    [InlineData("- a", "must hold one mapping")]
    [InlineData("", "must hold one mapping")]
    [InlineData("name: a\nname: b", "is not YAML")]
    public void A_text_that_is_no_mapping_is_refused(string yaml, string message) =>
        Assert.Contains(message, Assert.Throws<ModelDescriptionException>(() => Read(yaml)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("inputs: [ { tensor: x } ]", "needs exactly one of features, fields and constant")]
    [InlineData("inputs: [ { tensor: x, fields: [\"/V{3..1}\"] } ]", "has an empty or endless range")]
    [InlineData("inputs: [ { tensor: x, fields: [/a] }, { columns: [/x] } ]", "fill the tensor x twice")]
    [InlineData("inputs: [ { tensor: x, constant: 1 } ]", "must fill at least one tensor with features")]
    [InlineData("inputs: [ { tensor: x, fields: [/a, /b], transform: standardize, mean: [1, 2, 3], std: 1 } ]", "has 3 numbers for 2 fields")]
    [InlineData("inputs: [ { tensor: x, fields: [/a], transform: one_hot, values: [a], unknown: 3 } ]", "can only be ignore")]
    [InlineData("inputs: [ { tensor: x, fields: [/a], transforms: [{ clip: { min: 2, max: 1 } }] } ]", "must be greater than min")]
    public void An_input_that_makes_no_sense_is_refused(string inputs, string message)
    {
        string yaml = Minimal.Replace("inputs: [ { tensor: x, fields: [/a] } ]", inputs, StringComparison.Ordinal);
        Assert.Contains(message, Assert.Throws<ModelDescriptionException>(() => Read(yaml)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_description_in_the_readme_is_right()
    {
        string readme = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "src", "StreamInference.Onnx", "Tabular", "README.md"));
        string yaml = readme.Split("```yaml")[1].Split("```")[0];
        TabularModelDescription description = Read(yaml);
        Assert.Equal(28 + 2 + 1 + 3, description.Inputs[0].Features.Sum(feature => feature.Width));
        Assert.True(description.Latency);
    }

    private static TabularModelDescription Read(string yaml) => TabularDescriptionReader.Read(yaml, "model.yaml");
}
