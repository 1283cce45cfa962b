using System.Buffers;
using System.Text;
using System.Text.Json;
using StreamInference.TestKit;

namespace StreamInference.Simulation.Tests.Models;

public sealed class FraudModelFilesTests
{
    private const int GoldenSeed = 3;
    private const int FirstRecords = 100;

    [Theory]
    [InlineData("fraud/1")]
    [InlineData("fraud/2")]
    public void Golden_inputs_are_the_simulators_records(string model)
    {
        List<string> inputs = [.. ModelFolder.GoldenLines(model).Select(line => line.RootElement.GetProperty("input").GetRawText())];
        TransactionSimulator simulator = new(new SimulatorOptions { Seed = GoldenSeed });
        ArrayBufferWriter<byte> value = new();
        ArrayBufferWriter<byte> key = new();
        int next = 0;
        for (int sequence = 0; next < inputs.Count; sequence++)
        {
            value.ResetWrittenCount();
            bool isFraud = simulator.WriteNext(value, key).IsFraud;
            if (sequence < FirstRecords || isFraud) Assert.Equal(Encoding.UTF8.GetString(value.WrittenSpan), inputs[next++]);
        }

        Assert.Equal(150, next);
    }

    [Theory]
    [InlineData("fraud/1")]
    [InlineData("fraud/2")]
    public void Golden_scores_tell_frauds_from_the_rest(string model)
    {
        List<double> scores = [.. ModelFolder.GoldenLines(model).Select(line => line.RootElement.GetProperty("output").GetProperty("score").GetDouble())];
        Assert.All(scores, score => Assert.InRange(score, 0, 1));
        Assert.True(scores.Skip(FirstRecords).Average() > 10 * scores.Take(FirstRecords).Average());
    }

    [Theory]
    [InlineData("fraud/1")]
    [InlineData("fraud/2")]
    [InlineData("fraud_ulb/1")]
    public void Models_are_small_and_their_descriptions_name_their_own_folder(string model)
    {
        string folder = ModelFolder.PathOf(model);
        Assert.InRange(new FileInfo(Path.Combine(folder, "model.onnx")).Length, 1_000, 300 * 1_024);
        Assert.InRange(new FileInfo(Path.Combine(folder, "golden.jsonl")).Length, 1_000, 500 * 1_024);
        Dictionary<string, object> description = ModelFolder.Description(model);
        Assert.Equal(model, $"{description["name"]}/{description["version"]}");
        Assert.Equal("model.onnx", description["file"]);
    }

    [Theory]
    [InlineData("fraud/1")]
    [InlineData("fraud/2")]
    public void Every_field_of_a_description_is_in_the_record_and_none_is_a_label(string model)
    {
        using JsonDocument sample = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "topics/fraud/sample-transaction.json")));
        Assert.NotEmpty(ModelFolder.Fields(model));
        Assert.All(ModelFolder.Fields(model), field => Assert.True(sample.RootElement.TryGetProperty(field[1..], out _), field));
        Assert.DoesNotContain("/is_fraud", ModelFolder.Fields(model));
    }
}
