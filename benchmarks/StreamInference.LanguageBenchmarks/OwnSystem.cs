using StreamInference.Llm.Engine;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Sampling;
using StreamInference.Onnx.Language;

namespace StreamInference.LanguageBenchmarks;

/// <summary>This project's engine over its own graph or a GenAI folder.</summary>
internal sealed class OwnSystem(string name, IModelExecutor executor, LlmEngineOptions? options = null) : ISystem
{
    private readonly LlmEngine _engine = new(executor, new NoText(), options);

    public string Name => name;

    public LlmEngine Engine => _engine;

    public static OwnSystem Load(string name, string path, int slots, int threads, int maxLength, LlmEngineOptions? options = null)
        => new(name, LanguageModelLoader.Load(path, new LanguageModelOptions { MaxSequences = slots, Threads = threads, MaxSequenceLength = maxLength }).Executor,
            options ?? new LlmEngineOptions { PrefixCaching = false });

    public static GenerationRequest Request(long id, int[] prompt, int tokens) => new()
    {
        Id = id,
        PromptTokens = prompt,
        Sampling = SamplingParameters.Greedy with { MaxTokens = tokens, IgnoreEos = true },
    };

    /// <summary>Where the steps of the last run went, for the profile line.</summary>
    public string Profile { get; private set; } = string.Empty;

    public int Run(Workload workload)
    {
        int decodeSteps = 0, promptSteps = 0, promptTokens = 0;
        TimeSpan decode = default, prompt = default;
        for (int i = 0; i < workload.Requests.Count; i++) _engine.TrySubmit(Request(i, workload.Requests[i].Prompt, workload.Requests[i].Tokens));
        int tokens = 0, finals = 0;
        while (finals < workload.Requests.Count)
        {
            _engine.Step();
            StepStatistics step = _engine.LastStep;
            if (step.PromptTokens == 0) (decodeSteps, decode) = (decodeSteps + 1, decode + step.Elapsed);
            else (promptSteps, promptTokens, prompt) = (promptSteps + 1, promptTokens + step.PromptTokens, prompt + step.Elapsed);
            while (_engine.Outputs.TryRead(out GenerationOutput? output))
            {
                tokens += output.TokenIds.Count;
                if (output.IsFinal) finals++;
            }
        }
        Profile = FormattableString.Invariant(
            $"{decodeSteps} plain steps {decode.TotalSeconds:0.00} s, {promptSteps} with {promptTokens} prompt tokens {prompt.TotalSeconds:0.00} s");
        return tokens;
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    // Peers detokenize nothing here either.
    private sealed class NoText : ITokenCodec, ITokenTextDecoder
    {
        public IReadOnlyList<int> Encode(string text, bool addSpecialTokens) => [];

        public ITokenTextDecoder CreateDecoder(ReadOnlySpan<int> prompt) => this;

        public string Append(int tokenId) => string.Empty;

        public string Flush() => string.Empty;
    }
}
