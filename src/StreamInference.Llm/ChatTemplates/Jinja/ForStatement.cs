namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary><c>for</c>, with its filter, its <c>else</c> and <c>recursive</c>. Each pass has variables of its own.</summary>
internal sealed class ForStatement(AssignmentTarget target, Expression source, Expression? filter, bool recursive, Body body, Body? otherwise) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        Run(source.Evaluate(state, scope), 0, state, scope);
        return Flow.Next;
    }

    private void Run(object? sequence, int depth, RenderState state, Scope scope)
    {
        var items = Selected(Values.Iterate(sequence, state), state, scope);
        if (items.Count == 0)
        {
            otherwise?.Execute(state, scope);
            return;
        }

        var loop = new LoopValue(items, depth) { Recurse = recursive ? Recursion(depth, scope) : null };
        for (int i = 0; i < items.Count; i++)
        {
            state.Charge(1);
            loop.Index = i;
            var pass = new Scope(scope);
            pass.Set("loop", loop);
            target.Assign(items[i], state, pass);
            if (body.Execute(state, pass) == Flow.Break)
                break;
        }
    }

    private IReadOnlyList<object?> Selected(IReadOnlyList<object?> items, RenderState state, Scope scope)
    {
        if (filter is null)
            return items;
        var selected = new List<object?>();
        foreach (object? item in items)
        {
            var pass = new Scope(scope);
            target.Assign(item, state, pass);
            if (Values.IsTrue(filter.Evaluate(state, pass)))
                selected.Add(item);
        }

        return selected;
    }

    private CallableValue Recursion(int depth, Scope scope) => new("loop", (arguments, state) =>
    {
        state.Enter();
        state.BeginCapture();
        Run(arguments.Require(0, "iterable"), depth + 1, state, scope);
        state.Leave();
        return state.EndCapture();
    });
}
