using System.Globalization;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Parses expressions with Jinja's precedence, lowest first: if, or, and, not, comparison, + -, ~, * / // %, **, sign, postfix, filter, test.</summary>
internal sealed class ExpressionParser(TokenStream tokens)
{
    private const int MaxDepth = 100;
    private int _depth;

    /// <summary>An expression, or several with commas between, which make a tuple.</summary>
    public Expression ParseTuple(bool withCondition = true)
    {
        var first = withCondition ? Parse() : ParseOr();
        if (!tokens.IsOperator(","))
            return first;
        var items = new List<Expression> { first };
        while (tokens.TryOperator(","))
        {
            if (tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd || tokens.IsOperator(")") || tokens.IsOperator("="))
                break;
            items.Add(withCondition ? Parse() : ParseOr());
        }

        return new TupleExpression(items);
    }

    public Expression Parse()
    {
        // The parser descends once for each bracket, so a hostile template must not choose the depth.
        if (++_depth > MaxDepth)
            throw tokens.Error("the expression is nested too deeply");
        var value = ParseOr();
        while (tokens.TryName("if"))
        {
            var condition = ParseOr();
            value = new ConditionalExpression(condition, value, tokens.TryName("else") ? Parse() : null);
        }

        _depth--;
        return value;
    }

    /// <summary>Names to assign to: no operators, no conditions.</summary>
    public Expression ParseTarget()
    {
        var items = new List<Expression> { ParseTargetItem() };
        bool isTuple = false;
        while (tokens.TryOperator(","))
        {
            isTuple = true;
            if (tokens.IsOperator("=") || tokens.IsName("in"))
                break;
            items.Add(ParseTargetItem());
        }

        return isTuple ? new TupleExpression(items) : items[0];
    }

    public ArgumentList ParseArguments()
    {
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!tokens.TryOperator(")"))
        {
            if (positional.Count + named.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.TryOperator(")"))
                break;
            if (tokens.Current.Kind == TokenKind.Name && tokens.Next is { Kind: TokenKind.Operator, Value: "=" })
            {
                string name = tokens.ExpectName();
                tokens.ExpectOperator("=");
                named.Add((name, Parse()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Error("a positional argument after a named one");
            }
            else
            {
                positional.Add(Parse());
            }
        }

        return new ArgumentList(positional, named);
    }

    public Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (tokens.TryOperator("|"))
                value = ParseFilter(value);
            else if (tokens.TryName("is"))
                value = ParseTest(value);
            else if (tokens.TryOperator("("))
                value = new CallExpression(value, ParseArguments());
            else
                return value;
        }
    }

    /// <summary>Filters without a bar before the first: what the tag <c>filter</c> takes.</summary>
    public Expression ParseFilterChain(Expression value) => ParseFilters(ParseFilter(value));

    private Expression ParseTargetItem()
    {
        if (tokens.TryOperator("("))
        {
            var inner = ParseTarget();
            tokens.ExpectOperator(")");
            return inner;
        }

        Expression target = new NameExpression(tokens.ExpectName());
        return tokens.TryOperator(".") ? new AttributeExpression(target, tokens.ExpectName()) : target;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.TryName("or"))
            left = new BinaryExpression("or", left, ParseAnd());
        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.TryName("and"))
            left = new BinaryExpression("and", left, ParseNot());
        return left;
    }

    private Expression ParseNot()
    {
        int negations = 0;
        while (tokens.TryName("not"))
            negations++;
        var operand = ParseCompare();
        for (; negations > 0; negations--)
            operand = new NotExpression(operand);
        return operand;
    }

    private Expression ParseCompare()
    {
        var first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (TryComparison() is { } op)
            rest.Add((op, ParseSum()));
        return rest.Count == 0 ? first : new CompareExpression(first, rest);
    }

    private string? TryComparison()
    {
        if (tokens.TryName("in"))
            return "in";
        if (tokens.IsName("not") && tokens.Next is { Kind: TokenKind.Name, Value: "in" })
        {
            tokens.Advance();
            tokens.Advance();
            return "not in";
        }

        return tokens.TryAnyOperator("==", "!=", "<", "<=", ">", ">=");
    }

    private Expression ParseSum()
    {
        var left = ParseConcat();
        while (tokens.TryAnyOperator("+", "-") is { } op)
            left = new BinaryExpression(op, left, ParseConcat());
        return left;
    }

    private Expression ParseConcat()
    {
        var left = ParseProduct();
        while (tokens.TryOperator("~"))
            left = new BinaryExpression("~", left, ParseProduct());
        return left;
    }

    private Expression ParseProduct()
    {
        var left = ParsePower();
        while (tokens.TryAnyOperator("*", "/", "//", "%") is { } op)
            left = new BinaryExpression(op, left, ParsePower());
        return left;
    }

    private Expression ParsePower()
    {
        var left = ParseSigned(withFilters: true);
        while (tokens.TryOperator("**"))
            left = new BinaryExpression("**", left, ParseSigned(withFilters: true));
        return left;
    }

    private Expression ParseSigned(bool withFilters)
    {
        if (++_depth > MaxDepth)
            throw tokens.Error("the expression is nested too deeply");
        var value = tokens.TryAnyOperator("-", "+") is { } sign
            ? new SignExpression(sign == "-", ParseSigned(withFilters: false))
            : ParsePrimary();
        value = ParsePostfix(value);
        _depth--;
        return withFilters ? ParseFilters(value) : value;
    }

    private Expression ParsePrimary()
    {
        var token = tokens.Current;
        tokens.Advance();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return ParseName(token.Value);
            case TokenKind.String:
                string text = token.Value;
                while (tokens.Current.Kind == TokenKind.String)
                    text += tokens.Take().Value;
                return new LiteralExpression(text);
            case TokenKind.Integer:
                return new LiteralExpression(long.Parse(token.Value, CultureInfo.InvariantCulture));
            case TokenKind.Float:
                return new LiteralExpression(double.Parse(token.Value, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Value == "(":
                return ParseParentheses();
            case TokenKind.Operator when token.Value == "[":
                return new ListExpression(ParseItems("]"));
            case TokenKind.Operator when token.Value == "{":
                return ParseMap();
            default:
                throw TemplateException.Syntax(token.Line, token.Value.Length > 0 ? $"'{token.Value}' is not expected here" : "an expression is expected");
        }
    }

    private static Expression ParseName(string name) => name switch
    {
        "true" or "True" => new LiteralExpression(true),
        "false" or "False" => new LiteralExpression(false),
        "none" or "None" => new LiteralExpression(null),
        _ => new NameExpression(name),
    };

    private Expression ParseParentheses()
    {
        if (tokens.TryOperator(")"))
            return new TupleExpression([]);
        var inner = ParseTuple();
        tokens.ExpectOperator(")");
        return inner;
    }

    private List<Expression> ParseItems(string close)
    {
        var items = new List<Expression>();
        while (!tokens.TryOperator(close))
        {
            if (items.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.TryOperator(close))
                break;
            items.Add(Parse());
        }

        return items;
    }

    private MapExpression ParseMap()
    {
        var entries = new List<(Expression, Expression)>();
        while (!tokens.TryOperator("}"))
        {
            if (entries.Count > 0)
                tokens.ExpectOperator(",");
            if (tokens.TryOperator("}"))
                break;
            var key = Parse();
            tokens.ExpectOperator(":");
            entries.Add((key, Parse()));
        }

        return new MapExpression(entries);
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            if (tokens.TryOperator("."))
                value = ParseAttribute(value);
            else if (tokens.TryOperator("["))
                value = ParseSubscript(value);
            else if (tokens.TryOperator("("))
                value = new CallExpression(value, ParseArguments());
            else
                return value;
        }
    }

    private Expression ParseAttribute(Expression value) => tokens.Current.Kind == TokenKind.Integer
        ? new ItemExpression(value, new LiteralExpression(long.Parse(tokens.Take().Value, CultureInfo.InvariantCulture)))
        : new AttributeExpression(value, tokens.ExpectName());

    private Expression ParseSubscript(Expression value)
    {
        var parts = new Expression?[3];
        int count = 0;
        while (!tokens.IsOperator("]"))
        {
            if (tokens.TryOperator(":"))
            {
                if (++count > 2)
                    throw tokens.Error("a slice has three parts at most");
            }
            else
            {
                parts[count] = parts[count] is null ? Parse() : throw tokens.Error("']' is expected");
            }
        }

        tokens.ExpectOperator("]");
        if (count > 0)
            return new SliceExpression(value, parts[0], parts[1], parts[2]);
        return new ItemExpression(value, parts[0] ?? throw tokens.Error("an index is expected"));
    }

    private FilterExpression ParseFilter(Expression value)
    {
        string name = tokens.ExpectName();
        var filter = Filters.Find(name) ?? throw tokens.Error($"there is no filter '{name}'");
        return new FilterExpression(value, name, filter, tokens.TryOperator("(") ? ParseArguments() : ArgumentList.None);
    }

    private TestExpression ParseTest(Expression value)
    {
        bool negated = tokens.TryName("not");
        string name = tokens.ExpectName();
        var test = Tests.Find(name) ?? throw tokens.Error($"there is no test '{name}'");
        var arguments = ArgumentList.None;
        if (tokens.TryOperator("("))
            arguments = ParseArguments();
        else if (StartsArgument())
            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], []);
        return new TestExpression(value, name, test, arguments, negated);
    }

    private bool StartsArgument() => tokens.Current.Kind switch
    {
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Name => tokens.Current.Value is not ("else" or "or" or "and" or "is" or "if" or "in" or "not" or "recursive"),
        TokenKind.Operator => tokens.Current.Value is "[" or "{",
        _ => false,
    };
}
