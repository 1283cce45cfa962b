using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;
using StreamInference.Onnx.Language;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>Runs of a real model through the engine, without threads.</summary>
internal static class EngineRuns
{
    public static GenerationRequest Greedy(long id, int[] prompt, int tokens = 64, int[]? resume = null) => new()
    {
        Id = id,
        PromptTokens = prompt,
        ResumeTokens = resume is null ? [] : [resume],
        Sampling = SamplingParameters.Greedy with { MaxTokens = tokens, IgnoreEos = true, Logprobs = 4 },
    };

    /// <summary>Runs requests that arrive at the given steps; every one has to end well.</summary>
    public static async Task<Dictionary<long, List<GenerationOutput>>> RunAsync(
        LanguageModel model, IEnumerable<(GenerationRequest Request, int AtStep)> arrivals, LlmEngineOptions? options = null)
    {
        await using LlmEngine engine = new(new Borrowed(model.Executor), model.Tokenizer, options);
        List<(GenerationRequest Request, int AtStep)> left = [.. arrivals];
        Dictionary<long, List<GenerationOutput>> outputs = left.ToDictionary(a => a.Request.Id, _ => new List<GenerationOutput>());
        int finals = 0, count = left.Count;
        for (int step = 0; finals < count; step++)
        {
            Assert.True(step < 100_000, "the engine does not come to an end");
            foreach ((GenerationRequest request, _) in left.Where(a => a.AtStep <= step)) Assert.True(engine.TrySubmit(request));
            left.RemoveAll(a => a.AtStep <= step);
            engine.Step();
            while (engine.Outputs.TryRead(out GenerationOutput? output))
            {
                Assert.Null(output.Error);
                outputs[output.RequestId].Add(output);
                if (output.IsFinal) finals++;
            }
        }
        return outputs;
    }

    public static int[] Tokens(List<GenerationOutput> outputs) => [.. outputs.SelectMany(o => o.TokenIds)];

    /// <summary>An executor that outlives the engines of a test.</summary>
    private sealed class Borrowed(StreamInference.Llm.Execution.IModelExecutor inner) : StreamInference.Llm.Execution.IModelExecutor
    {
        public StreamInference.Llm.Execution.ModelProfile Profile => inner.Profile;

        public StreamInference.Llm.Execution.KvCacheLayout Cache => inner.Cache;

        public StreamInference.Llm.Execution.ExecutionResult Execute(StreamInference.Llm.Execution.StepBatch batch) => inner.Execute(batch);

        public Span<float> Logits(int sequenceIndex) => inner.Logits(sequenceIndex);

        public void SaveBlock(int slot, int firstPosition, int block) => inner.SaveBlock(slot, firstPosition, block);

        public void LoadBlock(int block, int slot, int firstPosition) => inner.LoadBlock(block, slot, firstPosition);

        public void ReleaseSlot(int slot) => inner.ReleaseSlot(slot);

        public void ReleaseBlock(int block) => inner.ReleaseBlock(block);

        public void Dispose()
        {
        }
    }
}
