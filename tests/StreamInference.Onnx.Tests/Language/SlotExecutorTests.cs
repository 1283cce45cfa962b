using StreamInference.Llm.Engine;
using StreamInference.Llm.Execution;
using StreamInference.Onnx.Language;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class SlotExecutorTests
{
    [Theory]
    [InlineData("llama/genai-fp32")]
    [InlineData("qwen3/genai-fp32")]
    public async Task Preempted_and_cached_equal_undisturbed_when_memory_is_short(string folder)
    {
        string path = SharedData.Require($"{Golden.Zoo}/{folder}");
        string model = folder.Split('/')[0];
        int[][] prompts = Golden.Prompts(model), golden = Golden.Greedy($"{Golden.Zoo}/{folder}/golden_genai.json");
        using LanguageModel probe = LanguageModelLoader.Load(path, new LanguageModelOptions { MaxSequenceLength = 280 });
        long token = probe.Description.KvShape.BytesPerToken;
        using LanguageModel loaded = LanguageModelLoader.Load(path,
            new LanguageModelOptions { MaxSequences = 5, MaxSequenceLength = 280, KvCacheBytes = token * 400, BlockSize = 8 });
        // Each prompt twice: the second finds blocks of the first, where memory left any.
        var arrivals = prompts.SelectMany((p, i) => new[] { (EngineRuns.Greedy(2 * i, p), i * 6), (EngineRuns.Greedy(2 * i + 1, p), i * 6) });
        var outputs = await EngineRuns.RunAsync(loaded, arrivals, new LlmEngineOptions { MaxBatchedTokens = 40 });
        for (int i = 0; i < 16; i++) Assert.Equal(golden[i / 2], EngineRuns.Tokens(outputs[i]));
        Assert.Contains(outputs.Values, o => o[^1].Usage.CachedTokens > 0);
    }

    [Fact]
    public void A_decode_step_allocates_no_managed_memory()
    {
        using LanguageModel loaded = LanguageModelLoader.Load(SharedData.Require($"{Golden.Zoo}/llama/genai-int4"),
            new LanguageModelOptions { MaxSequences = 4, MaxSequenceLength = 256 });
        StepBatch batch = new();
        int[] tokens = [5, 6, 7, 8], table = [0];
        int past = 0, completed = 0;
        void Decode()
        {
            batch.Clear();
            for (int slot = 0; slot < 4; slot++) batch.Add(slot, past, tokens.AsSpan(slot, 1), table, needsLogits: true);
            if (loaded.Executor.Execute(batch).Outcome == ExecutionOutcome.Completed) completed++;
            past++;
        }

        for (int i = 0; i < 10; i++) Decode();
        long allocated = AllocatedBytes.Least(() =>
        {
            for (int i = 0; i < 4; i++) Decode();
        });
        Assert.Equal(past, completed);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_run_that_fails_is_a_value_and_keeps_what_was_computed()
    {
        using LanguageModel loaded = LanguageModelLoader.Load(SharedData.Require($"{Golden.Zoo}/llama/genai-fp32"),
            new LanguageModelOptions { MaxSequences = 2, MaxSequenceLength = 64 });
        int[] prompt = Golden.Prompts("llama")[3];
        StepBatch batch = new();
        batch.Add(0, 0, prompt, [0], needsLogits: true);
        Assert.Equal(ExecutionOutcome.Completed, loaded.Executor.Execute(batch).Outcome);
        int next = ArgMax(loaded.Executor.Logits(0));
        batch.Clear();
        batch.Add(0, prompt.Length, [int.MaxValue], [0], needsLogits: true);
        ExecutionResult failed = loaded.Executor.Execute(batch);
        Assert.Equal(ExecutionOutcome.Failed, failed.Outcome);
        Assert.NotNull(failed.Detail);
        batch.Clear();
        batch.Add(0, prompt.Length, [next], [0], needsLogits: true);
        Assert.Equal(ExecutionOutcome.Completed, loaded.Executor.Execute(batch).Outcome);
        Assert.Equal(Golden.Greedy($"{Golden.Zoo}/llama/genai-fp32/golden_genai.json")[3][1], ArgMax(loaded.Executor.Logits(0)));
    }

    private static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }
}
