using StreamInference.Llm.Execution;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Language.Export;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class ExportReportTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("smollm")]
    public void Logits_equal_the_reference_to_a_thousandth_at_every_position(string model)
    {
        using LanguageModel loaded = LanguageModelLoader.Load(SharedData.Require($"{Golden.Zoo}/{model}"), new LanguageModelOptions { MaxSequences = 2, MaxSequenceLength = 300 });
        float[] expected = Golden.Npy($"{Golden.Zoo}/{model}/golden_logits_p3.npy"), last = Golden.Npy($"{Golden.Zoo}/{model}/golden_logits_p7_last.npy");
        int[][] prompts = Golden.Prompts(model);
        for (int at = 0; at < prompts[3].Length; at++)
            AssertClose(expected.AsSpan(at * loaded.Description.VocabularySize, loaded.Description.VocabularySize), Run(loaded, 0, at, [prompts[3][at]]));
        AssertClose(last, Run(loaded, 1, 0, prompts[7]));
    }

    [Theory]
    [InlineData(WeightPrecision.Float16, 0.05, 0.99, 0.01)]
    [InlineData(WeightPrecision.Int8, 1, 0.95, 0.05)]
    [InlineData(WeightPrecision.Int4, 8, 0.75, 0.3)]
    public void A_report_tells_how_far_a_precision_is_from_float32(WeightPrecision precision, double difference, double agreement, double logPerplexity)
    {
        string source = SharedData.Require("data/llm/tinystories-656k");
        int[] tokens = Golden.Ints(Golden.Read("data/llm/tinystories-656k/golden_greedy.json")[0].GetProperty("greedy_ids"));
        using TemporaryFolder folder = new();
        LanguageModelExporter.Export(source, folder.Path, new LanguageModelExportOptions { Precision = precision });
        LanguageModelOptions options = new() { MaxSequences = 1, MaxSequenceLength = 400 };
        using LanguageModel exported = LanguageModelLoader.Load(folder.Path, options), reference = LanguageModelLoader.Load(source, options);
        ExportReport report = ExportReport.Compare(exported, reference, tokens);
        Assert.Equal(tokens.Length - 1, report.Tokens);
        Assert.InRange(report.ReferencePerplexity, 1, 20);
        Assert.InRange(report.LargestLogitDifference, 0, difference);
        Assert.InRange(report.TopAgreement, agreement, 1);
        Assert.InRange(Math.Abs(Math.Log(report.Perplexity / report.ReferencePerplexity)), 0, logPerplexity);
    }

    private static float[] Run(LanguageModel model, int slot, int past, int[] tokens)
    {
        StepBatch batch = new();
        batch.Add(slot, past, tokens, [0], needsLogits: true);
        Assert.Equal(ExecutionOutcome.Completed, model.Executor.Execute(batch).Outcome);
        return model.Executor.Logits(0).ToArray();
    }

    private static void AssertClose(ReadOnlySpan<float> expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++) Assert.InRange(actual[i], expected[i] - 1e-3f, expected[i] + 1e-3f);
    }
}
