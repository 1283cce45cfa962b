using System.Runtime.CompilerServices;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>A node of an expression.</summary>
internal abstract class Expression
{
    /// <summary>The value of this node. A chain of operators is as deep as it is long, hence the look at the stack.</summary>
    public object? Evaluate(RenderState state, Scope scope)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return Compute(state, scope);
    }

    protected abstract object? Compute(RenderState state, Scope scope);
}

internal sealed class LiteralExpression(object? value) : Expression
{
    protected override object? Compute(RenderState state, Scope scope) => value;
}

internal sealed class NameExpression(string name) : Expression
{
    public string Name { get; } = name;

    protected override object? Compute(RenderState state, Scope scope) => scope.Find(Name);
}

internal sealed class ListExpression(IReadOnlyList<Expression> items) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        state.Charge(items.Count);
        return items.Select(i => i.Evaluate(state, scope)).ToList();
    }
}

internal sealed class TupleExpression(IReadOnlyList<Expression> items) : Expression
{
    public IReadOnlyList<Expression> Items { get; } = items;

    protected override object? Compute(RenderState state, Scope scope) => Items.Select(i => i.Evaluate(state, scope)).ToArray();
}

internal sealed class MapExpression(IReadOnlyList<(Expression Key, Expression Value)> entries) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        var map = new MapValue();
        foreach (var (key, value) in entries)
            map[Members.AsKey(key.Evaluate(state, scope))] = value.Evaluate(state, scope);
        return map;
    }
}

/// <summary>Both sides are evaluated, except for <c>and</c> and <c>or</c>, which give one of their operands as Python does.</summary>
internal sealed class BinaryExpression(string op, Expression left, Expression right) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        object? first = left.Evaluate(state, scope);
        if (op is "and" or "or")
            return Values.IsTrue(first) == (op == "or") ? first : right.Evaluate(state, scope);
        return Operators.Apply(op, first, right.Evaluate(state, scope), state);
    }
}

internal sealed class NotExpression(Expression operand) : Expression
{
    protected override object? Compute(RenderState state, Scope scope) => !Values.IsTrue(operand.Evaluate(state, scope));
}

internal sealed class SignExpression(bool negative, Expression operand) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        object negated = Operators.Negate(operand.Evaluate(state, scope));
        return negative ? negated : Operators.Negate(negated);
    }
}

/// <summary>A chain of comparisons: <c>a &lt; b &lt; c</c> holds when each does.</summary>
internal sealed class CompareExpression(Expression first, IReadOnlyList<(string Op, Expression Operand)> rest) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        object? left = first.Evaluate(state, scope);
        foreach (var (op, operand) in rest)
        {
            object? right = operand.Evaluate(state, scope);
            if (!Operators.Compare(op, left, right, state))
                return false;
            left = right;
        }

        return true;
    }
}

internal sealed class ConditionalExpression(Expression condition, Expression whenTrue, Expression? otherwise) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        if (Values.IsTrue(condition.Evaluate(state, scope)))
            return whenTrue.Evaluate(state, scope);
        return otherwise is null ? new UndefinedValue("an if expression without else") : otherwise.Evaluate(state, scope);
    }
}

internal sealed class AttributeExpression(Expression target, string name) : Expression
{
    public Expression Target { get; } = target;

    public string Name { get; } = name;

    protected override object? Compute(RenderState state, Scope scope) => Members.Attribute(Target.Evaluate(state, scope), Name);
}

internal sealed class ItemExpression(Expression target, Expression key) : Expression
{
    protected override object? Compute(RenderState state, Scope scope) =>
        Members.Item(target.Evaluate(state, scope), key.Evaluate(state, scope));
}

internal sealed class SliceExpression(Expression target, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override object? Compute(RenderState state, Scope scope) => Slices.Take(
        target.Evaluate(state, scope), start?.Evaluate(state, scope), stop?.Evaluate(state, scope), step?.Evaluate(state, scope), state);
}

internal sealed class CallExpression(Expression target, ArgumentList arguments) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        object? callee = target.Evaluate(state, scope) is var value && value is LoopValue loop ? loop.Recurse : value;
        if (callee is not CallableValue callable)
            throw TemplateException.Failed($"{Values.TypeName(callee)} cannot be called");
        state.Charge(1);
        return callable.Call(arguments.Evaluate(callable.Name, state, scope), state);
    }
}

internal sealed class FilterExpression(Expression input, string name, Filter filter, ArgumentList arguments) : Expression
{
    protected override object? Compute(RenderState state, Scope scope)
    {
        object? value = input.Evaluate(state, scope);
        state.Charge(value is string text ? text.Length + 1 : 1);
        return filter(value, arguments.Evaluate(name, state, scope), state);
    }
}

internal sealed class TestExpression(Expression input, string name, Test test, ArgumentList arguments, bool negated) : Expression
{
    protected override object? Compute(RenderState state, Scope scope) =>
        test(input.Evaluate(state, scope), arguments.Evaluate(name, state, scope), state) != negated;
}

/// <summary>The arguments as written: positional ones, then named ones.</summary>
internal sealed class ArgumentList(IReadOnlyList<Expression> positional, IReadOnlyList<(string Name, Expression Value)> named)
{
    public static ArgumentList None { get; } = new([], []);

    public CallArguments Evaluate(string name, RenderState state, Scope scope) => new(
        name,
        [.. positional.Select(p => p.Evaluate(state, scope))],
        [.. named.Select(n => KeyValuePair.Create(n.Name, n.Value.Evaluate(state, scope)))]);
}
