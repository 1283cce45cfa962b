using System.Globalization;
using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>The tokens inside a tag: names, numbers, strings, operators.</summary>
internal static class TagTokens
{
    private static readonly string[] Operators =
    [
        "**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", ">", "<", "=", ".", "|", ",", ":", ";", "(", ")", "[", "]", "{", "}",
    ];

    public static Token Read(string source, int at, int line, out int next)
    {
        char first = source[at];
        if (char.IsLetter(first) || first == '_')
        {
            next = at;
            while (next < source.Length && (char.IsLetterOrDigit(source[next]) || source[next] == '_'))
                next++;
            return new Token(TokenKind.Name, source[at..next], line);
        }

        if (char.IsAsciiDigit(first))
            return ReadNumber(source, at, line, out next);
        if (first is '\'' or '"')
            return ReadString(source, at, line, out next);
        foreach (string text in Operators)
        {
            if (!source.AsSpan(at).StartsWith(text, StringComparison.Ordinal))
                continue;
            next = at + text.Length;
            return new Token(TokenKind.Operator, text, line);
        }

        throw TemplateException.Syntax(line, $"'{first}' is not expected here");
    }

    private static Token ReadNumber(string source, int at, int line, out int next)
    {
        next = SkipDigits(source, at);
        bool isFloat = false;
        if (next + 1 < source.Length && source[next] == '.' && char.IsAsciiDigit(source[next + 1]))
        {
            isFloat = true;
            next = SkipDigits(source, next + 1);
        }

        if (next < source.Length && source[next] is 'e' or 'E')
        {
            int exponent = next + 1 < source.Length && source[next + 1] is '+' or '-' ? next + 2 : next + 1;
            if (exponent < source.Length && char.IsAsciiDigit(source[exponent]))
            {
                isFloat = true;
                next = SkipDigits(source, exponent);
            }
        }

        string digits = source[at..next].Replace("_", "", StringComparison.Ordinal);
        if (!isFloat && !long.TryParse(digits, CultureInfo.InvariantCulture, out _))
            throw TemplateException.Syntax(line, $"the number {digits} is too large");
        return new Token(isFloat ? TokenKind.Float : TokenKind.Integer, digits, line);
    }

    private static int SkipDigits(string source, int at)
    {
        while (at < source.Length && (char.IsAsciiDigit(source[at]) || source[at] == '_'))
            at++;
        return at;
    }

    private static Token ReadString(string source, int at, int line, out int next)
    {
        char quote = source[at];
        var text = new StringBuilder();
        next = at + 1;
        while (next < source.Length && source[next] != quote)
        {
            if (source[next] != '\\')
                text.Append(source[next++]);
            else
                next = ReadEscape(source, next + 1, line, text);
        }

        if (next >= source.Length)
            throw TemplateException.Syntax(line, "the string has no end");
        next++;
        return new Token(TokenKind.String, text.ToString(), line);
    }

    // Python's escapes; an unknown one stays as written.
    private static int ReadEscape(string source, int at, int line, StringBuilder text)
    {
        if (at >= source.Length)
            throw TemplateException.Syntax(line, "the string has no end");
        char kind = source[at];
        int digits = kind switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (at + digits >= source.Length || !int.TryParse(source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code))
                throw TemplateException.Syntax(line, $"\\{kind} needs {digits} hexadecimal digits");
            if (Rune.IsValid(code))
                text.Append(new Rune(code).ToString());
            else if (code is >= 0xD800 and <= 0xDFFF)
                text.Append((char)code);
            else
                throw TemplateException.Syntax(line, $"\\{kind} is not a character");
            return at + 1 + digits;
        }

        if (kind is >= '0' and <= '7')
            return ReadOctal(source, at, text);
        string replacement = kind switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'a' => "\a",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '\\' or '\'' or '"' => kind.ToString(),
            '\n' => "",
            _ => "\\" + kind,
        };
        text.Append(replacement);
        return at + 1;
    }

    private static int ReadOctal(string source, int at, StringBuilder text)
    {
        int value = 0;
        int end = at;
        while (end < source.Length && end < at + 3 && source[end] is >= '0' and <= '7')
            value = (value * 8) + (source[end++] - '0');
        text.Append((char)value);
        return end;
    }
}
