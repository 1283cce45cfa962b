using System.Text.Json;

namespace StreamInference.Llm.Streams;

/// <summary>Turns the messages of a chat request into a prompt: a model's chat template.</summary>
public interface IPromptRenderer
{
    /// <summary>Renders <paramref name="messages"/> (OpenAI's array) with <paramref name="tools"/> where the request has some.</summary>
    /// <returns>The prompt's tokens (a template writes its special tokens itself), or why the template refuses the messages.</returns>
    (ReadOnlyMemory<int> Tokens, string? Error) Render(JsonElement messages, JsonElement? tools);
}
