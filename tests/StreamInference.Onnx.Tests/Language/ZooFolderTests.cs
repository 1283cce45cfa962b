using StreamInference.Llm.Engine;
using StreamInference.Onnx.Language;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class ZooFolderTests
{
    public static TheoryData<string, string> Folders => new()
    {
        { "llama", "genai-fp32" }, { "llama", "genai-int4" }, { "llama", "genai-int8" }, { "llama", "optimum" },
        { "llama3", "genai-fp32" }, { "llama3", "genai-int4" },
        { "mistral", "genai-fp32win" }, { "mistral", "genai-int4win" },
        { "qwen2", "genai-fp32" }, { "qwen2", "genai-int4" },
        { "qwen3", "genai-fp32" }, { "qwen3", "genai-int4" },
        { "smollm", "genai-fp32" }, { "smollm", "genai-int4" },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_folder_gives_its_golden_ids_single_batched_and_resumed(string model, string variant)
    {
        string folder = SharedData.Require($"{Golden.Zoo}/{model}/{variant}");
        int[][] prompts = Golden.Prompts(model);
        int[][] golden = Golden.Greedy($"{Golden.Zoo}/{model}/{variant}/{(variant == "optimum" ? "golden_ort.json" : "golden_genai.json")}");
        bool exact = variant.Contains("fp32", StringComparison.Ordinal) || variant == "optimum";
        using LanguageModel loaded = LanguageModelLoader.Load(folder, new LanguageModelOptions { MaxSequences = 4, MaxSequenceLength = 300 });

        int[][] single = new int[prompts.Length][];
        for (int i = 0; i < prompts.Length; i++)
        {
            var alone = await EngineRuns.RunAsync(loaded, [(EngineRuns.Greedy(i, prompts[i]), 0)]);
            single[i] = EngineRuns.Tokens(alone[i]);
            Compare(golden[i], single[i], alone[i], exact, $"prompt {i} single");
        }

        var batched = await EngineRuns.RunAsync(loaded, prompts.Select((p, i) => (EngineRuns.Greedy(i, p), i * 5)), new LlmEngineOptions { MaxBatchedTokens = 48 });
        for (int i = 0; i < prompts.Length; i++) Compare(single[i], EngineRuns.Tokens(batched[i]), batched[i], exact, $"prompt {i} batched");

        var resumed = await EngineRuns.RunAsync(loaded, prompts.Select((p, i) => (EngineRuns.Greedy(i, p, resume: single[i][..(5 + 7 * i)]), i)));
        for (int i = 0; i < prompts.Length; i++)
            Compare(single[i][(5 + 7 * i)..], EngineRuns.Tokens(resumed[i]), resumed[i], exact, $"prompt {i} resumed");
    }

    /// <summary>
    /// Exact for float weights. Kernels of quantized weights round activations and differ between processors and batch sizes: there the tokens may
    /// part only where the model itself was undecided.
    /// </summary>
    private static void Compare(int[] expected, int[] actual, List<GenerationOutput> outputs, bool exact, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        int same = expected.AsSpan().CommonPrefixLength(actual);
        if (same == expected.Length) return;
        TokenLogprobs parting = outputs[same].Logprobs![0];
        float gap = parting.Logprob - parting.Top.Where(t => t.TokenId == expected[same]).Select(t => t.Logprob).DefaultIfEmpty(float.NegativeInfinity).First();
        TestContext.Current.TestOutputHelper!.WriteLine($"{what}: parts at token {same} where the gap is {gap:F4}");
        Assert.False(exact, $"{what}: parts at token {same} where the gap is {gap:F4}");
        Assert.True(gap < 0.1f, $"{what}: parts at token {same} where the gap is {gap:F4}");
    }
}
