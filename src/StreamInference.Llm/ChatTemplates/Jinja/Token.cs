namespace StreamInference.Llm.ChatTemplates.Jinja;

internal enum TokenKind
{
    /// <summary>Text outside of tags, as it is written out.</summary>
    Text,
    BlockBegin,
    BlockEnd,
    OutputBegin,
    OutputEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A token of a template; <see cref="Value"/> of a string literal is unescaped.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Line);
