using System.Text.Json;
using StreamInference.Llm.Tokenization;
using StreamInference.Onnx.Language;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class CheckpointTests
{
    [Fact]
    public async Task Stories260k_from_llama2c_equals_its_golden_and_its_tokenizer_encodes_the_prompt()
    {
        string file = SharedData.Require("data/llm/stories260k/stories260K.bin");
        JsonElement golden = Golden.Read("data/llm/stories260k/golden_greedy.json");
        int[] prompt = Golden.Ints(golden.GetProperty("prompt_ids")), ids = Golden.Ints(golden.GetProperty("greedy_ids"));
        using LanguageModel loaded = LanguageModelLoader.Load(file);
        Assert.Equal(prompt, loaded.Tokenizer.Encode(golden.GetProperty("prompt").GetString()!, addSpecialTokens: true));
        var outputs = await EngineRuns.RunAsync(loaded, [(EngineRuns.Greedy(1, prompt, ids.Length - prompt.Length), 0)]);
        Assert.Equal(ids[prompt.Length..], EngineRuns.Tokens(outputs[1]));
    }

    [Fact]
    public async Task Tinystories_from_safetensors_equals_its_goldens_batched()
    {
        string folder = SharedData.Require("data/llm/tinystories-656k");
        JsonElement[] golden = [.. Golden.Read("data/llm/tinystories-656k/golden_greedy.json").EnumerateArray()];
        using LanguageModel loaded = LanguageModelLoader.Load(folder, new LanguageModelOptions { MaxSequences = 3 });
        var outputs = await EngineRuns.RunAsync(loaded, golden.Select((g, i) =>
        {
            int[] prompt = Golden.Ints(g.GetProperty("prompt_ids")), ids = Golden.Ints(g.GetProperty("greedy_ids"));
            return (EngineRuns.Greedy(i, prompt, ids.Length - prompt.Length), i * 7);
        }));
        for (int i = 0; i < golden.Length; i++)
        {
            int[] prompt = Golden.Ints(golden[i].GetProperty("prompt_ids")), ids = Golden.Ints(golden[i].GetProperty("greedy_ids"));
            Assert.Equal(ids[prompt.Length..], EngineRuns.Tokens(outputs[i]));
        }
    }

    /// <summary>
    /// With exact activations the stored weights decide alone. Rounded ones (the default, as llama.cpp rounds them) may part where two tokens are close.
    /// </summary>
    [Theory]
    [InlineData(true, 0.05)]
    [InlineData(false, 0.25)]
    public async Task SmolLM2_from_gguf_answers_with_its_golden_ids_where_the_margin_is_above(bool exact, double margin)
    {
        string file = SharedData.Require("data/llm/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
        JsonElement[] golden = [.. Golden.Read("data/llm/smollm2-135m-instruct/golden.json").GetProperty("prompts").EnumerateArray()];
        using LanguageModel loaded = LanguageModelLoader.Load(file, new LanguageModelOptions { MaxSequences = 6, MaxSequenceLength = 512, Threads = 2, ExactActivations = exact });
        Assert.Equal("int4", loaded.Description.Precision);
        // Behind a step of a small margin the golden's own tokens are the past: each such step is asked for again.
        List<string> wrong = [];
        for (int g = 0; g < golden.Length; g++)
        {
            int[] prompt = Golden.Ints(golden[g].GetProperty("ids")), ids = Golden.Ints(golden[g].GetProperty("greedy"));
            double[] margins = [.. golden[g].GetProperty("margins").EnumerateArray().Select(m => m.GetDouble())];
            for (int from = 0; from < ids.Length;)
            {
                var outputs = await EngineRuns.RunAsync(loaded, [(EngineRuns.Greedy(g, prompt, ids.Length, ids[..from]), 0)]);
                int[] rest = EngineRuns.Tokens(outputs[g]);
                int same = ids.AsSpan(from).CommonPrefixLength(rest);
                if (from + same < ids.Length && margins[from + same] > margin) wrong.Add($"prompt {g} token {from + same} margin {margins[from + same]}");
                from += same + 1;
            }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void The_tokenizer_of_a_gguf_file_equals_the_models_own()
    {
        string folder = SharedData.Require("data/llm/smollm2-135m-instruct");
        LanguageTokenizer own = TokenizerLoader.Load(folder);
        using LanguageModel loaded = LanguageModelLoader.Load(Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf"),
            new LanguageModelOptions { MaxSequences = 1, MaxSequenceLength = 64 });
        foreach (string text in new[] { "Hello, world 1234!", "<|im_start|>user\nWie spät ist es?<|im_end|>\n", "  tabs\t and 日本語 😀", "a'll don't 3.14" })
            Assert.Equal(own.Encode(text, true), loaded.Tokenizer.Encode(text, true));
        Assert.Equal(own.EosTokenId, loaded.Tokenizer.EosTokenId);
    }
}
