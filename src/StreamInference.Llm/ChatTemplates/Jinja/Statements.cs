using System.Runtime.CompilerServices;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Where execution goes after a statement.</summary>
internal enum Flow
{
    Next,
    Continue,
    Break,
}

/// <summary>A node that writes output or changes variables.</summary>
internal abstract class Statement
{
    public abstract Flow Execute(RenderState state, Scope scope);
}

internal sealed class Body(IReadOnlyList<Statement> statements) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        foreach (var statement in statements)
        {
            state.Charge(1);
            var flow = statement.Execute(state, scope);
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }
}

internal sealed class TextStatement(string text) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        state.Write(text);
        return Flow.Next;
    }
}

internal sealed class OutputStatement(Expression expression) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        state.Write(PythonText.Str(expression.Evaluate(state, scope)));
        return Flow.Next;
    }
}

internal sealed class IfStatement(IReadOnlyList<(Expression Condition, Body Body)> branches, Body? otherwise) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        foreach (var (condition, body) in branches)
        {
            if (Values.IsTrue(condition.Evaluate(state, scope)))
                return body.Execute(state, scope);
        }

        return otherwise?.Execute(state, scope) ?? Flow.Next;
    }
}

internal sealed class JumpStatement(Flow flow) : Statement
{
    public override Flow Execute(RenderState state, Scope scope) => flow;
}

internal sealed class SetStatement(AssignmentTarget target, Expression value) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        target.Assign(value.Evaluate(state, scope), state, scope);
        return Flow.Next;
    }
}

/// <summary>A statement whose output goes to a variable (<c>set</c> with a body) or through filters (<c>filter</c>).</summary>
internal sealed class CaptureStatement(Body body, Expression? filtered, AssignmentTarget? target) : Statement
{
    /// <summary>The name under which <c>filtered</c> finds the captured text; no identifier can be like it.</summary>
    public const string CapturedName = "<captured>";

    public override Flow Execute(RenderState state, Scope scope)
    {
        var inner = new Scope(scope);
        state.BeginCapture();
        var flow = body.Execute(state, inner);
        inner.Set(CapturedName, state.EndCapture());
        object? text = (filtered ?? new NameExpression(CapturedName)).Evaluate(state, inner);
        if (target is null)
            state.Write(PythonText.Str(text));
        else
            target.Assign(text, state, scope);
        return flow;
    }
}

/// <summary><c>with</c>: variables for a body only.</summary>
internal sealed class WithStatement(IReadOnlyList<(AssignmentTarget Target, Expression Value)> assignments, Body body) : Statement
{
    public override Flow Execute(RenderState state, Scope scope)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in assignments)
            target.Assign(value.Evaluate(state, scope), state, inner);
        return body.Execute(state, inner);
    }
}

/// <summary>What stands left of an assignment: names, a tuple of them, or an attribute of a namespace.</summary>
internal abstract class AssignmentTarget
{
    public abstract void Assign(object? value, RenderState state, Scope scope);

    public static AssignmentTarget From(Expression expression, int line) => expression switch
    {
        NameExpression name => new NameTarget(name.Name),
        TupleExpression tuple => new TupleTarget([.. tuple.Items.Select(i => From(i, line))]),
        AttributeExpression { Target: NameExpression } attribute => new NamespaceTarget(attribute.Target, attribute.Name),
        _ => throw TemplateException.Syntax(line, "this cannot be assigned to"),
    };

    private sealed class NameTarget(string name) : AssignmentTarget
    {
        public override void Assign(object? value, RenderState state, Scope scope) => scope.Set(name, value);
    }

    private sealed class TupleTarget(IReadOnlyList<AssignmentTarget> targets) : AssignmentTarget
    {
        public override void Assign(object? value, RenderState state, Scope scope)
        {
            var items = Values.Iterate(value, state);
            if (items.Count != targets.Count)
                throw TemplateException.Failed($"{items.Count} values for {targets.Count} names");
            for (int i = 0; i < targets.Count; i++)
                targets[i].Assign(items[i], state, scope);
        }
    }

    private sealed class NamespaceTarget(Expression space, string attribute) : AssignmentTarget
    {
        public override void Assign(object? value, RenderState state, Scope scope)
        {
            if (space.Evaluate(state, scope) is not NamespaceValue target)
                throw TemplateException.Failed("only a namespace's attributes can be set");
            target.Attributes[attribute] = value;
        }
    }
}
