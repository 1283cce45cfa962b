using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;
using StreamInference.Onnx.Language;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class LanguageAllocationTests
{
    private const int Sequences = 4;
    private const int StepsOfRound = 4;

    public static TheoryData<string, string> Cases => new()
    {
        { "llama", "greedy" }, { "llama", "sampled" }, { "llama/genai-fp32", "greedy" }, { "llama/genai-int4", "sampled" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_decode_step_allocates_its_results_and_nothing_more(string folder, string how)
    {
        using LanguageModel model = LanguageModelLoader.Load(SharedData.Require($"{Golden.Zoo}/{folder}"),
            new LanguageModelOptions { MaxSequences = Sequences, MaxSequenceLength = 256 });
        await using LlmEngine engine = new(model.Executor, new SilentCodec());
        SamplingParameters sampling = how == "greedy" ? SamplingParameters.Greedy
            : new SamplingParameters { Temperature = 0.8f, TopK = 40, TopP = 0.9f, MinP = 0.01f, RepetitionPenalty = 1.1f, FrequencyPenalty = 0.1f };
        for (int i = 0; i < Sequences; i++)
        {
            GenerationRequest request = new() { Id = i, PromptTokens = new[] { 5, 6, 7 + i }, Sampling = sampling with { MaxTokens = 120, IgnoreEos = true } };
            Assert.True(engine.TrySubmit(request));
        }
        // Past 64 tokens: a GenAI folder's mask grows by 64 columns at a time, and its binding with it.
        Run(engine, 70);
        int outputs = 0;
        long allocated = AllocatedBytes.Least(() => outputs += Run(engine, StepsOfRound));
        Assert.Equal(10 * Sequences * StepsOfRound, outputs);
        Assert.Equal(Sequences * StepsOfRound * BytesOfOutput(), allocated);
    }

    private static int Run(LlmEngine engine, int steps)
    {
        int outputs = 0;
        for (int i = 0; i < steps; i++)
        {
            engine.Step();
            while (engine.Outputs.TryRead(out _)) outputs++;
        }
        return outputs;
    }

    /// <summary>What one result takes: the object and its list of one token.</summary>
    private static long BytesOfOutput()
    {
        GenerationOutput[] kept = new GenerationOutput[64];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < kept.Length; i++) kept[i] = new GenerationOutput { RequestId = i, TokenIds = [i] };
        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / kept.Length;
        GC.KeepAlive(kept);
        return bytes;
    }

    // Text is a result too; without it the size of a result is known.
    private sealed class SilentCodec : ITokenCodec, ITokenTextDecoder
    {
        public IReadOnlyList<int> Encode(string text, bool addSpecialTokens) => [];

        public ITokenTextDecoder CreateDecoder(ReadOnlySpan<int> prompt) => this;

        public string Append(int tokenId) => string.Empty;

        public string Flush() => string.Empty;
    }
}
