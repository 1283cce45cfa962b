using StreamInference.Llm.Engine;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Language.Export;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class ExportTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("smollm")]
    public async Task An_exported_model_gives_its_golden_ids_single_batched_and_resumed(string model)
    {
        string source = SharedData.Require($"{Golden.Zoo}/{model}");
        int[][] prompts = Golden.Prompts(model), golden = Golden.Greedy($"{Golden.Zoo}/{model}/golden.json");
        using TemporaryFolder folder = new();
        LanguageModelExporter.Export(source, folder.Path);
        using LanguageModel loaded = LanguageModelLoader.Load(folder.Path, new LanguageModelOptions { MaxSequences = 4, MaxSequenceLength = 300 });
        Assert.Equal("packed, mixed", loaded.Description.GraphKind);
        for (int i = 0; i < prompts.Length; i++)
        {
            var alone = await EngineRuns.RunAsync(loaded, [(EngineRuns.Greedy(i, prompts[i]), 0)]);
            Assert.Equal(golden[i], EngineRuns.Tokens(alone[i]));
        }
        var batched = await EngineRuns.RunAsync(loaded, prompts.Select((p, i) => (EngineRuns.Greedy(i, p), i * 5)), new LlmEngineOptions { MaxBatchedTokens = 48 });
        for (int i = 0; i < prompts.Length; i++) Assert.Equal(golden[i], EngineRuns.Tokens(batched[i]));
        using LanguageModel apart = LanguageModelLoader.Load(folder.Path, new LanguageModelOptions { MaxSequences = 4, MaxSequenceLength = 300, MixedSteps = false });
        Assert.Equal("packed", apart.Description.GraphKind);
        var runs = await EngineRuns.RunAsync(apart, prompts.Select((p, i) => (EngineRuns.Greedy(i, p), i * 5)), new LlmEngineOptions { MaxBatchedTokens = 48 });
        for (int i = 0; i < prompts.Length; i++) Assert.Equal(golden[i], EngineRuns.Tokens(runs[i]));
        var resumed = await EngineRuns.RunAsync(loaded, prompts.Select((p, i) => (EngineRuns.Greedy(i, p, resume: golden[i][..(5 + 7 * i)]), i)));
        for (int i = 0; i < prompts.Length; i++) Assert.Equal(golden[i][(5 + 7 * i)..], EngineRuns.Tokens(resumed[i]));
    }
}
