using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamInference.Configuration;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Streams;
using StreamInference.Onnx.Language;
using StreamInference.Simulation;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

/// <summary>The committed demo model against the rules that its training texts were written by, on transactions of a seed that it has not seen.</summary>
public sealed class ExplainModelTests
{
    private const int Transactions = 64;

    [Fact]
    public async Task Explanations_name_the_facts_of_unseen_transactions()
    {
        PipelineConfig pipeline = PipelineConfigFile.Load(Path.Combine(SharedData.RepositoryRoot, "topics/explain/pipeline.yaml"));
        LanguageDescription description = LanguageDescription.Load(pipeline.Model.Path, pipeline.Model.Version);
        using LanguageModel model = LanguageModelLoader.Load(description.Folder, description.Options);
        JsonElement[] alerts = [.. Frauds(seed: 900_001)];
        string[] answers = await AnswersAsync(model, pipeline, alerts);

        int sentences = 0, right = 0, exact = 0;
        for (int i = 0; i < alerts.Length; i++)
        {
            IReadOnlyList<string> expected = TransactionExplanation.Sentences(alerts[i]);
            sentences += expected.Count;
            right += expected.Count(sentence => answers[i].Contains(sentence, StringComparison.Ordinal));
            if (answers[i] == string.Join(' ', expected)) exact++;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{right} of {sentences} sentences right, {exact} of {alerts.Length} explanations exact");
        Assert.True(right >= sentences * 0.97, $"{right} of {sentences} sentences are right");
        Assert.True(exact >= alerts.Length * 0.85, $"{exact} of {alerts.Length} explanations are right whole");
    }

    private static IEnumerable<JsonElement> Frauds(ulong seed)
    {
        TransactionSimulator simulator = new(new SimulatorOptions { Seed = seed, FraudRate = 0.05 });
        ArrayBufferWriter<byte> value = new(2048), key = new(64);
        Random scores = new(1);
        for (int found = 0; found < Transactions;)
        {
            value.ResetWrittenCount();
            if (!simulator.WriteNext(value, key).IsFraud) continue;
            found++;
            JsonObject alert = JsonNode.Parse(value.WrittenSpan)!.AsObject();
            alert["score"] = Math.Round(0.746 + (0.25 * scores.NextDouble()), 4);
            yield return JsonSerializer.SerializeToElement(alert);
        }
    }

    private static async Task<string[]> AnswersAsync(LanguageModel model, PipelineConfig pipeline, JsonElement[] alerts)
    {
        RequestTemplate template = new(pipeline.Request!);
        await using LlmEngine engine = new(model.Executor, model.Tokenizer);
        for (int i = 0; i < alerts.Length; i++) Assert.True(engine.TrySubmit(Request(template, alerts[i], i)));
        StringBuilder[] answers = [.. alerts.Select(_ => new StringBuilder())];
        for (int finished = 0; finished < alerts.Length;)
        {
            engine.Step();
            while (engine.Outputs.TryRead(out GenerationOutput? output))
            {
                Assert.Null(output.Error);
                answers[output.RequestId].Append(output.TextDelta);
                if (output.IsFinal) finished++;
            }
        }

        return [.. answers.Select(answer => answer.ToString())];
    }

    private static GenerationRequest Request(RequestTemplate template, JsonElement alert, int id)
    {
        ArrayBufferWriter<byte> request = new();
        Assert.Null(template.Write(alert, request));
        JsonElement fields = JsonDocument.Parse(request.WrittenMemory).RootElement;
        return new GenerationRequest
        {
            Id = id,
            Prompt = fields.GetProperty("prompt").GetString(),
            Sampling = Llm.Sampling.SamplingParameters.Greedy with { MaxTokens = fields.GetProperty("max_tokens").GetInt32() },
        };
    }
}
