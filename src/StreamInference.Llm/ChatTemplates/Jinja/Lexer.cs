namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>
/// Splits a template into tokens with the whitespace rules that chat templates are written for: <c>trim_blocks</c> and <c>lstrip_blocks</c> on,
/// one newline at the end of the file dropped.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private bool _atLineStart = true;

    private Lexer(string source) => _source = source;

    public static List<Token> Tokenize(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (_at < _source.Length)
        {
            int tag = NextTag();
            char sign = tag + 2 < _source.Length ? _source[tag + 2] : '\0';
            AddText(_source.AsSpan(_at, tag - _at), tag, sign);
            Advance(tag);
            if (_at == _source.Length)
                break;
            Advance(_at + (sign is '-' or '+' ? 3 : 2));
            switch (_source[tag + 1])
            {
                case '#':
                    SkipComment();
                    break;
                case '%' when TryReadRaw():
                    break;
                case '%':
                    ReadTag(TokenKind.BlockBegin, TokenKind.BlockEnd, "%}");
                    break;
                default:
                    ReadTag(TokenKind.OutputBegin, TokenKind.OutputEnd, "}}");
                    break;
            }
        }

        Add(TokenKind.End, "");
    }

    private int NextTag()
    {
        for (int i = _at; i + 1 < _source.Length; i++)
        {
            if (_source[i] == '{' && _source[i + 1] is '{' or '%' or '#')
                return i;
        }

        return _source.Length;
    }

    private void AddText(ReadOnlySpan<char> text, int tag, char sign)
    {
        if (tag < _source.Length && sign == '-')
        {
            text = text.TrimEnd();
        }
        else if (tag < _source.Length && sign != '+' && _source[tag + 1] != '{')
        {
            // lstrip_blocks: blanks between the line's start and a block or comment are dropped.
            int lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || _atLineStart) && text[lineStart..].IsWhiteSpace())
                text = text[..lineStart];
        }

        if (!text.IsEmpty)
            Add(TokenKind.Text, text.ToString());
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw TemplateException.Syntax(_line, "the comment has no end");
        char sign = end > _at ? _source[end - 1] : '\0';
        Advance(end + 2);
        SkipAfterTag(sign, isOutput: false);
    }

    private bool TryReadRaw()
    {
        int at = SkipBlanks(_at);
        if (!_source.AsSpan(at).StartsWith("raw", StringComparison.Ordinal))
            return false;
        at = SkipBlanks(at + 3);
        bool trims = at < _source.Length && _source[at] == '-';
        at += trims ? 1 : 0;
        if (!_source.AsSpan(at).StartsWith("%}", StringComparison.Ordinal))
            return false;
        Advance(at + 2);
        SkipAfterTag(trims ? '-' : '\0', isOutput: false);
        ReadRawText();
        return true;
    }

    private void ReadRawText()
    {
        for (int tag = _at; (tag = _source.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag += 2)
        {
            char sign = tag + 2 < _source.Length ? _source[tag + 2] : '\0';
            int at = SkipBlanks(tag + (sign is '-' or '+' ? 3 : 2));
            if (!_source.AsSpan(at).StartsWith("endraw", StringComparison.Ordinal))
                continue;
            at = SkipBlanks(at + 6);
            char endSign = at < _source.Length && _source[at] is '-' or '+' ? _source[at] : '\0';
            at += endSign == '\0' ? 0 : 1;
            if (!_source.AsSpan(at).StartsWith("%}", StringComparison.Ordinal))
                continue;
            AddText(_source.AsSpan(_at, tag - _at), tag, sign);
            Advance(at + 2);
            SkipAfterTag(endSign, isOutput: false);
            return;
        }

        throw TemplateException.Syntax(_line, "'raw' has no 'endraw'");
    }

    private void ReadTag(TokenKind begin, TokenKind end, string terminator)
    {
        Add(begin, "");
        // A terminator inside brackets is not one: {{ {'a': {}} }}.
        int depth = 0;
        while (true)
        {
            Advance(SkipBlanks(_at));
            if (_at >= _source.Length)
                throw TemplateException.Syntax(_line, $"the tag has no '{terminator}'");
            char sign = _source[_at] is '-' or '+' ? _source[_at] : '\0';
            int at = _at + (sign == '\0' ? 0 : 1);
            if (depth == 0 && _source.AsSpan(at).StartsWith(terminator, StringComparison.Ordinal))
            {
                Add(end, "");
                Advance(at + 2);
                SkipAfterTag(sign, end == TokenKind.OutputEnd);
                return;
            }

            var token = TagTokens.Read(_source, _at, _line, out int next);
            _tokens.Add(token);
            Advance(next);
            if (token.Kind == TokenKind.Operator)
                depth += token.Value is "(" or "[" or "{" ? 1 : token.Value is ")" or "]" or "}" ? -1 : 0;
        }
    }

    private void SkipAfterTag(char sign, bool isOutput)
    {
        int from = _at;
        int to = _at;
        if (sign == '-')
            to = SkipBlanks(_at);
        else if (sign != '+' && !isOutput && _at < _source.Length && _source[_at] == '\n')
            to = _at + 1;
        Advance(to);
        _atLineStart = to > from && _source[to - 1] == '\n';
    }

    private int SkipBlanks(int at)
    {
        while (at < _source.Length && char.IsWhiteSpace(_source[at]))
            at++;
        return at;
    }

    private void Advance(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _at = to;
    }

    private void Add(TokenKind kind, string value) => _tokens.Add(new Token(kind, value, _line));
}
