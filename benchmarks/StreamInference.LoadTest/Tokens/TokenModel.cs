using StreamInference.LanguageBenchmarks;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Language.Export;

namespace StreamInference.LoadTest.Tokens;

/// <summary>A Llama of 15 million parameters besides its vocabulary, with random weights: what a step costs does not depend on what it says.</summary>
internal sealed class TokenModel : IDisposable
{
    /// <summary>Requests that run at a time.</summary>
    public const int Slots = 16;

    private readonly string _root = Directory.CreateTempSubdirectory("streaminfer-tokens-").FullName;

    public TokenModel(string tokenizerFolder)
    {
        Folder = RandomModel.Write(_root, "15m", RandomModel.Small, WeightPrecision.Float32, genAi: false, tokenizerFolder);
        File.WriteAllText(Path.Combine(Folder, "model.yaml"), $"name: random-15m\nversion: 1\nkind: llm\nmax_num_seqs: {Slots}\nmax_model_len: 1600\n");
    }

    public string Folder { get; }

    /// <summary>The engine as the pipeline makes it.</summary>
    public LlmEngine CreateEngine()
    {
        LanguageDescription description = LanguageDescription.Load(Folder, "latest");
        LanguageModel model = LanguageModelLoader.Load(description.Folder, description.Options);
        return new LlmEngine(model.Executor, new LanguageTokenizerCodec(model.Tokenizer), new LlmEngineOptions());
    }

    /// <summary>The same request as <see cref="TokenTopics.Send"/> sends.</summary>
    public static GenerationRequest Request(int number, int tokens, IReadOnlyList<int>? resume = null) => new()
    {
        Id = number,
        Prompt = Prompt(number),
        ResumeTokens = resume is null ? [] : [resume.ToArray()],
        Sampling = SamplingParameters.Greedy with { MaxTokens = tokens, IgnoreEos = true },
    };

    /// <summary>A prompt of about 50 tokens that begins like no other.</summary>
    public static string Prompt(int number) =>
        $"{number} dragons and {number * 7} of their friends went over the hills to see the old king, " + string.Concat(Enumerable.Repeat("and then they went home to sleep for the night, ", 2));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
