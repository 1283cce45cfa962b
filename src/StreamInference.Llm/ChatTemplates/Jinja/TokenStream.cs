namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>The tokens of a template and the place of the parser in them.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public Token Next => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public void Advance() => _at = Math.Min(_at + 1, tokens.Count - 1);

    public Token Take()
    {
        var token = Current;
        Advance();
        return token;
    }

    public TemplateException Error(string message) => TemplateException.Syntax(Current.Line, message);

    public bool IsOperator(string value) => Current.Kind == TokenKind.Operator && Current.Value == value;

    public bool IsName(string value) => Current.Kind == TokenKind.Name && Current.Value == value;

    public bool TryOperator(string value) => TryTake(IsOperator(value));

    public bool TryName(string value) => TryTake(IsName(value));

    public string? TryAnyOperator(params ReadOnlySpan<string> values)
    {
        foreach (string value in values)
        {
            if (TryOperator(value))
                return value;
        }

        return null;
    }

    public void ExpectOperator(string value)
    {
        if (!TryOperator(value))
            throw Error($"'{value}' is expected");
    }

    public string ExpectName() => Current.Kind == TokenKind.Name ? Take().Value : throw Error("a name is expected");

    public void Expect(TokenKind kind, string what)
    {
        if (!TryTake(Current.Kind == kind))
            throw Error($"{what} is expected");
    }

    private bool TryTake(bool matches)
    {
        if (matches)
            Advance();
        return matches;
    }
}
