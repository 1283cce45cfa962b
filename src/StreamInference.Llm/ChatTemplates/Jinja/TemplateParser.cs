namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Parses a template: text, output and the block tags that chat templates use. Other tags are refused by name.</summary>
internal sealed class TemplateParser
{
    private const int MaxDepth = 100;
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private int _depth;
    private int _loops;

    private TemplateParser(TokenStream tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
    }

    public static Body Parse(string source)
    {
        var parser = new TemplateParser(new TokenStream(Lexer.Tokenize(source)));
        return parser.ParseBody([]);
    }

    // The tag that ends the body is left to the caller, after its name.
    private Body ParseBody(ReadOnlySpan<string> ends)
    {
        if (++_depth > MaxDepth)
            throw _tokens.Error("blocks are nested too deeply");
        var statements = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End)
        {
            if (_tokens.Current.Kind == TokenKind.BlockBegin && ends.Contains(_tokens.Next.Value))
            {
                _tokens.Advance();
                _depth--;
                return new Body(statements);
            }

            if (ParseStatement() is { } statement)
                statements.Add(statement);
        }

        _depth--;
        return ends.IsEmpty ? new Body(statements) : throw _tokens.Error($"'{ends[^1]}' is missing");
    }

    private Statement? ParseStatement()
    {
        var token = _tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Text:
                return new TextStatement(token.Value);
            case TokenKind.OutputBegin:
                var value = _expressions.ParseTuple();
                _tokens.Expect(TokenKind.OutputEnd, "'}}'");
                return new OutputStatement(value);
            default:
                return ParseBlock(_tokens.ExpectName());
        }
    }

    private Statement ParseBlock(string tag) => tag switch
    {
        "if" => ParseIf(),
        "for" => ParseFor(),
        "set" => ParseSet(),
        "macro" => ParseMacro(),
        "call" => ParseCall(),
        "filter" => ParseFilter(),
        "with" => ParseWith(),
        "generation" => ParseGeneration(),
        "break" => ParseJump(Flow.Break),
        "continue" => ParseJump(Flow.Continue),
        _ => throw _tokens.Error($"the tag '{tag}' is not supported here"),
    };

    private void EndBlock() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    // Ends a body at the tag that ParseBody stopped at.
    private void EndBody(string end)
    {
        if (!_tokens.TryName(end))
            throw _tokens.Error($"'{end}' is expected");
        EndBlock();
    }

    private IfStatement ParseIf()
    {
        var branches = new List<(Expression, Body)>();
        Body? otherwise = null;
        do
        {
            var condition = _expressions.ParseTuple();
            EndBlock();
            branches.Add((condition, ParseBody(["elif", "else", "endif"])));
        }
        while (_tokens.TryName("elif"));
        if (_tokens.TryName("else"))
        {
            EndBlock();
            otherwise = ParseBody(["endif"]);
        }

        EndBody("endif");
        return new IfStatement(branches, otherwise);
    }

    private ForStatement ParseFor()
    {
        var target = AssignmentTarget.From(_expressions.ParseTarget(), _tokens.Current.Line);
        if (!_tokens.TryName("in"))
            throw _tokens.Error("'in' is expected");
        var source = _expressions.ParseTuple(withCondition: false);
        var filter = _tokens.TryName("if") ? _expressions.Parse() : null;
        bool recursive = _tokens.TryName("recursive");
        EndBlock();
        _loops++;
        var body = ParseBody(["else", "endfor"]);
        _loops--;
        Body? otherwise = null;
        if (_tokens.TryName("else"))
        {
            EndBlock();
            otherwise = ParseBody(["endfor"]);
        }

        EndBody("endfor");
        return new ForStatement(target, source, filter, recursive, body, otherwise);
    }

    private Statement ParseSet()
    {
        var target = AssignmentTarget.From(_expressions.ParseTarget(), _tokens.Current.Line);
        if (_tokens.TryOperator("="))
        {
            var value = _expressions.ParseTuple();
            EndBlock();
            return new SetStatement(target, value);
        }

        var filtered = _expressions.ParseFilters(new NameExpression(CaptureStatement.CapturedName));
        EndBlock();
        var body = ParseBody(["endset"]);
        EndBody("endset");
        return new CaptureStatement(body, filtered, target);
    }

    private CaptureStatement ParseFilter()
    {
        // "{% filter upper | trim %}" is the text with the same filters behind a bar.
        var filtered = _expressions.ParseFilterChain(new NameExpression(CaptureStatement.CapturedName));
        EndBlock();
        var body = ParseBody(["endfilter"]);
        EndBody("endfilter");
        return new CaptureStatement(body, filtered, null);
    }

    private MacroStatement ParseMacro()
    {
        string name = _tokens.ExpectName();
        var parameters = ParseParameters();
        EndBlock();
        var body = ParseOutsideLoops("endmacro");
        return new MacroStatement(name, parameters, body);
    }

    private CallStatement ParseCall()
    {
        var parameters = _tokens.IsOperator("(") ? ParseParameters() : [];
        Expression target = new NameExpression(_tokens.ExpectName());
        while (_tokens.TryOperator("."))
            target = new AttributeExpression(target, _tokens.ExpectName());
        _tokens.ExpectOperator("(");
        var arguments = _expressions.ParseArguments();
        EndBlock();
        return new CallStatement(target, arguments, parameters, ParseOutsideLoops("endcall"));
    }

    private Body ParseOutsideLoops(string end)
    {
        (int loops, _loops) = (_loops, 0);
        var body = ParseBody([end]);
        _loops = loops;
        EndBody(end);
        return body;
    }

    private List<(string, Expression?)> ParseParameters()
    {
        var parameters = new List<(string, Expression?)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.TryOperator(")"))
        {
            if (parameters.Count > 0)
                _tokens.ExpectOperator(",");
            string name = _tokens.ExpectName();
            parameters.Add((name, _tokens.TryOperator("=") ? _expressions.Parse() : null));
        }

        return parameters;
    }

    private WithStatement ParseWith()
    {
        var assignments = new List<(AssignmentTarget, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (assignments.Count > 0)
                _tokens.ExpectOperator(",");
            var target = AssignmentTarget.From(new NameExpression(_tokens.ExpectName()), _tokens.Current.Line);
            _tokens.ExpectOperator("=");
            assignments.Add((target, _expressions.Parse()));
        }

        EndBlock();
        var body = ParseBody(["endwith"]);
        EndBody("endwith");
        return new WithStatement(assignments, body);
    }

    // Marks the assistant's text for training; to a rendering it is nothing.
    private Body ParseGeneration()
    {
        EndBlock();
        var body = ParseBody(["endgeneration"]);
        EndBody("endgeneration");
        return body;
    }

    private JumpStatement ParseJump(Flow flow)
    {
        if (_loops == 0)
            throw _tokens.Error("there is no loop here");
        EndBlock();
        return new JumpStatement(flow);
    }
}
