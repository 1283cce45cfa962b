namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary><c>macro</c>: a function whose value is its output. It sees the variables around its definition.</summary>
internal sealed class MacroStatement(string name, IReadOnlyList<(string Name, Expression? Default)> parameters, Body body) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        scope.Set(name, new CallableValue(name, (arguments, current) => Call(arguments, current, scope)));
        return Flow.Next;
    }

    private string Call(CallArguments arguments, RenderState state, Scope definition)
    {
        state.Enter();
        var local = new Scope(definition);
        for (int i = 0; i < parameters.Count; i++)
            local.Set(parameters[i].Name, Argument(i, arguments, state, local));
        local.Set("caller", arguments.Get(int.MaxValue, "caller", new UndefinedValue("'caller'")));
        Refuse(arguments);
        state.BeginCapture();
        body.Execute(state, local);
        state.Leave();
        return state.EndCapture();
    }

    private object? Argument(int index, CallArguments arguments, RenderState state, Scope local)
    {
        var (parameter, otherwise) = parameters[index];
        if (arguments.Has(index, parameter))
            return arguments.Get(index, parameter, null);
        return otherwise is null ? new UndefinedValue($"the parameter '{parameter}'") : otherwise.Evaluate(state, local);
    }

    private void Refuse(CallArguments arguments)
    {
        if (arguments.Positional.Count > parameters.Count)
            throw TemplateException.Failed($"the macro '{name}' takes {parameters.Count} arguments");
        foreach (var (key, _) in arguments.Named)
        {
            if (key != "caller" && parameters.All(p => p.Name != key))
                throw TemplateException.Failed($"the macro '{name}' has no argument '{key}'");
        }
    }
}

/// <summary><c>call</c>: calls a macro that may ask for the output of a body with <c>caller()</c>.</summary>
internal sealed class CallStatement(Expression target, ArgumentList arguments, IReadOnlyList<(string Name, Expression? Default)> parameters, Body body) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        if (target.Evaluate(state, scope) is not CallableValue macro)
            throw TemplateException.Failed("'call' needs a macro");
        var definition = new Scope(scope);
        new MacroStatement("caller", parameters, body).Execute(state, definition);
        var given = arguments.Evaluate(macro.Name, state, scope);
        var all = new CallArguments(macro.Name, given.Positional, [.. given.Named, KeyValuePair.Create("caller", definition.Find("caller"))]);
        state.Write(PythonText.Str(macro.Call(all, state)));
        return Flow.Next;
    }
}
