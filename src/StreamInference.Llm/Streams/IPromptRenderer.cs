using System.Text.Json;

namespace StreamInference.Llm.Streams;

/// <summary>Turns the messages of a chat request into a prompt: a model's chat template.</summary>
public interface IPromptRenderer
{
    /// <summary>Renders <paramref name="messages"/> (OpenAI's array) with <paramref name="tools"/> where the request has some.</summary>
    /// <returns>The prompt, or why the template refuses the messages: exactly one is not null.</returns>
    (string? Prompt, string? Error) Render(JsonElement messages, JsonElement? tools);
}
