using System.Text.Json;
using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Streams;

/// <summary>Renders chat requests by the model's own template.</summary>
/// <param name="template">The model's template.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
public sealed class ChatTemplateRenderer(ChatTemplate template, LanguageTokenizer tokenizer) : IPromptRenderer
{
    /// <inheritdoc/>
    public (ReadOnlyMemory<int> Tokens, string? Error) Render(JsonElement messages, JsonElement? tools)
    {
        List<ChatMessage> chat = [];
        foreach (JsonElement message in messages.EnumerateArray())
        {
            if (ChatMessage.FromJson(message.Clone()) is not { } known) return (default, $"messages[{chat.Count}] has no role.");
            chat.Add(known);
        }

        IReadOnlyList<JsonElement> definitions = tools is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(tool => tool.Clone())] : [];
        ChatTemplateResult rendered = template.Render(chat, new ChatTemplateOptions { Tools = definitions });
        if (rendered.Text is not { } text) return (default, rendered.Error?.Message ?? "The chat template refuses the messages.");
        return (tokenizer.Encode(text, addSpecialTokens: false).ToArray(), null);
    }
}
