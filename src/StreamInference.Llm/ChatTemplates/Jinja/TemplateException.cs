namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Ends a parse or a rendering; never leaves this folder's callers.</summary>
internal sealed class TemplateException(ChatTemplateErrorCode code, string message) : Exception(message)
{
    public ChatTemplateErrorCode Code { get; } = code;

    public static TemplateException Syntax(int line, string message) => new(ChatTemplateErrorCode.Syntax, $"line {line}: {message}");

    public static TemplateException Failed(string message) => new(ChatTemplateErrorCode.Failed, message);

    public static TemplateException Limit(string message) => new(ChatTemplateErrorCode.LimitExceeded, message);
}
