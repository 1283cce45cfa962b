namespace StreamInference.Llm.ChatTemplates;

/// <summary>Why a template gave no text.</summary>
public enum ChatTemplateErrorCode
{
    /// <summary>The template itself refused the conversation (<c>raise_exception</c>); the message is the template's.</summary>
    Refused,

    /// <summary>The template did something that cannot be done with these values.</summary>
    Failed,

    /// <summary>The template used more output, work or depth than one rendering may.</summary>
    LimitExceeded,

    /// <summary>The template is not valid, or uses a part of Jinja that is not supported.</summary>
    Syntax,

    /// <summary>There is no template of the name asked for.</summary>
    NotFound,
}

/// <summary>An error of a rendering: a value, since conversations come from outside.</summary>
public sealed record ChatTemplateError(ChatTemplateErrorCode Code, string Message);

/// <summary>The outcome of a rendering: exactly one of <see cref="Text"/> and <see cref="Error"/> is there.</summary>
public sealed record ChatTemplateResult
{
    private ChatTemplateResult(string? text, ChatTemplateError? error)
    {
        Text = text;
        Error = error;
    }

    /// <summary>The prompt, to be encoded without added special tokens.</summary>
    public string? Text { get; }

    /// <summary>Why there is no text.</summary>
    public ChatTemplateError? Error { get; }

    internal static ChatTemplateResult Success(string text) => new(text, null);

    internal static ChatTemplateResult Failure(ChatTemplateErrorCode code, string message) => new(null, new ChatTemplateError(code, message));
}
