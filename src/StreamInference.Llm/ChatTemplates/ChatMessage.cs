using System.Text.Json;

namespace StreamInference.Llm.ChatTemplates;

/// <summary>
/// One message of a conversation, as JSON: <c>role</c>, <c>content</c> (a string or a list of parts) and whatever else the template knows, such as
/// <c>tool_calls</c>, <c>tool_call_id</c>, <c>reasoning_content</c>.
/// </summary>
public sealed class ChatMessage
{
    /// <summary>A message with text.</summary>
    public ChatMessage(string role, string content)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(content);
        Role = role;
        Json = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["role"] = role, ["content"] = content });
    }

    private ChatMessage(string role, JsonElement json)
    {
        Role = role;
        Json = json;
    }

    /// <summary>Who speaks: system, user, assistant, tool.</summary>
    public string Role { get; }

    /// <summary>The whole message.</summary>
    public JsonElement Json { get; }

    /// <summary>A message from JSON.</summary>
    /// <returns>Null when <paramref name="json"/> is not an object with a string <c>role</c>.</returns>
    public static ChatMessage? FromJson(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
            return null;
        return new ChatMessage(role.GetString()!, json.Clone());
    }
}
