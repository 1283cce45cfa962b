using System.Text.Json;
using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Tokenization;
using StreamInference.TestKit;

namespace StreamInference.Llm.Tests.ChatTemplates;

public sealed class GoldenChatTests
{
    public static TheoryData<string, string> Folders { get; } = new()
    {
        { "llama", "" }, { "llama3", "" }, { "mistral", "" }, { "qwen2", "" }, { "qwen3", "" }, { "smollm", "" },
        // The same templates as chat_template.jinja.
        { "llama", "genai-fp32" }, { "llama3", "genai-fp32" }, { "mistral", "genai-fp32win" }, { "qwen2", "genai-fp32" }, { "qwen3", "genai-fp32" }, { "smollm", "genai-fp32" },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_conversation_has_the_text_the_ids_or_the_refusal_of_the_reference(string model, string variant)
    {
        string folder = SharedData.Require($"data/llm/zoo/{model}");
        var template = ChatTemplate.Load(Path.Combine(folder, variant));
        var tokenizer = TokenizerLoader.Load(folder);
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden_chat.json")));
        Assert.InRange(cases.RootElement.GetArrayLength(), 10, 100);
        foreach (var golden in cases.RootElement.EnumerateArray())
            Check(golden, template, tokenizer);
    }

    private static void Check(JsonElement golden, ChatTemplate template, LanguageTokenizer tokenizer)
    {
        var options = new ChatTemplateOptions
        {
            AddGenerationPrompt = golden.GetProperty("add_generation_prompt").GetBoolean(),
            Tools = golden.TryGetProperty("tools", out var tools) ? [.. tools.EnumerateArray()] : [],
            Variables = golden.TryGetProperty("kwargs", out var kwargs) ? kwargs.EnumerateObject().ToDictionary(p => p.Name, p => p.Value) : [],
        };
        var messages = golden.GetProperty("messages").EnumerateArray().Select(m => ChatMessage.FromJson(m)!).ToList();
        var result = template.Render(messages, options);
        if (golden.TryGetProperty("error", out var error))
        {
            Assert.Equal(ChatTemplateErrorCode.Refused, result.Error?.Code);
            Assert.Equal(error.GetString(), "TemplateError: " + result.Error!.Message);
            return;
        }

        Assert.Null(result.Error);
        Assert.Equal(golden.GetProperty("text").GetString(), result.Text);
        Assert.Equal(golden.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()), tokenizer.Encode(result.Text!, addSpecialTokens: false));
    }
}
