using System.Text.Json;
using StreamInference.Llm.Engine;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Language.Export;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>A graph whose weights give NaN for one token: the prompts that have it fail, their neighbours and their successors in the same memory do not.</summary>
public class NotANumberTests
{
    private const int PoisonedToken = 40;

    // Its head is not its embedding: the poison must lie in the input alone.
    private const string Model = "llama3";

    [Fact]
    public async Task A_poisoned_prompt_fails_alone_and_leaves_clean_memory_behind()
    {
        string source = SharedData.Require($"{Golden.Zoo}/{Model}");
        int[] prompt = [.. Golden.Prompts(Model)[0].Select(token => token == PoisonedToken ? PoisonedToken + 1 : token)];
        using TemporaryFolder checkpoint = new(), folder = new();
        Poison(source, checkpoint.Path);
        LanguageModelExporter.Export(checkpoint.Path, folder.Path);
        using LanguageModel model = LanguageModelLoader.Load(folder.Path, new LanguageModelOptions { MaxSequences = 2, MaxSequenceLength = 300 });
        await using LlmEngine engine = new(model.Executor, model.Tokenizer);

        // The first run is alone; then a poisoned one beside it; then one in each of the two slots that were used.
        (int[] alone, string? none) = Run(engine, [prompt])[0];
        (int[] Tokens, string? Error)[] beside = Run(engine, [[.. prompt, PoisonedToken], prompt]);
        (int[] Tokens, string? Error)[] after = Run(engine, [prompt, [.. prompt[1..], prompt[0]], prompt]);

        Assert.Null(none);
        Assert.Equal(12, alone.Length);
        Assert.Equal("invalid_logits", beside[0].Error);
        Assert.Equal(alone, beside[1].Tokens);
        Assert.All(after, answer => Assert.Null(answer.Error));
        Assert.Equal(alone, after[0].Tokens);
        Assert.Equal(alone, after[2].Tokens);
    }

    private static (int[] Tokens, string? Error)[] Run(LlmEngine engine, int[][] prompts)
    {
        for (int i = 0; i < prompts.Length; i++) Assert.True(engine.TrySubmit(EngineRuns.Greedy(i, prompts[i], tokens: 12)));
        (List<int> Tokens, string? Error)[] answers = [.. prompts.Select(_ => (new List<int>(), (string?)null))];
        for (int finished = 0; finished < prompts.Length;)
        {
            engine.Step();
            while (engine.Outputs.TryRead(out GenerationOutput? output))
            {
                answers[output.RequestId].Tokens.AddRange(output.TokenIds);
                if (output.Error is { } error) answers[output.RequestId].Error = error.Code;
                if (output.IsFinal) finished++;
            }
        }

        return [.. answers.Select(answer => (answer.Tokens.ToArray(), answer.Error))];
    }

    /// <summary>Copies a checkpoint with NaN in the embedding of one token.</summary>
    private static void Poison(string source, string folder)
    {
        foreach (string file in Directory.GetFiles(source, "*.json")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        byte[] weights = File.ReadAllBytes(Path.Combine(source, "model.safetensors"));
        int header = (int)BitConverter.ToInt64(weights);
        using JsonDocument document = JsonDocument.Parse(weights.AsMemory(8, header));
        JsonElement embedding = document.RootElement.GetProperty("model.embed_tokens.weight");
        int width = embedding.GetProperty("shape")[1].GetInt32();
        int size = embedding.GetProperty("dtype").GetString() == "F32" ? 4 : 2;
        int start = 8 + header + embedding.GetProperty("data_offsets")[0].GetInt32() + (PoisonedToken * width * size);
        // All ones are NaN in each floating-point format.
        weights.AsSpan(start, width * size).Fill(0xFF);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), weights);
    }
}
