using System.Text.Json;

namespace StreamInference.Llm.ChatTemplates;

/// <summary>How to render a conversation.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>Whether the prompt ends with the beginning of the assistant's turn. Default true.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Which of the model's templates; null takes <c>tool_use</c> when there are tools and such a template, else <c>default</c>.</summary>
    public string? TemplateName { get; init; }

    /// <summary>The tools the model may call, each as JSON (usually <c>{"type": "function", "function": {…}}</c>); empty means none.</summary>
    public IReadOnlyList<JsonElement> Tools { get; init; } = [];

    /// <summary>Further variables of the template, such as <c>enable_thinking</c>; they win over the model's own.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The longest text, in UTF-16 units, that the template may make, intermediate ones included. Default 4 Mi.</summary>
    public int MaxLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>The clock behind <c>strftime_now</c>. Default the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
