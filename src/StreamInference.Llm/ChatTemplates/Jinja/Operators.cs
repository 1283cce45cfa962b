using System.Runtime.CompilerServices;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>The operators of the expression language, with Python's meaning.</summary>
internal static class Operators
{
    public static object? Apply(string op, object? left, object? right, RenderState state) => op switch
    {
        "+" => Add(left, right, state),
        "*" => Multiply(left, right, state),
        "-" or "/" or "//" or "%" or "**" => Arithmetic(op, left, right),
        "~" => state.Checked(PythonText.Str(left) + PythonText.Str(right)),
        _ => throw TemplateException.Failed($"the operator '{op}' is unknown"),
    };

    public static bool Compare(string op, object? left, object? right, RenderState state) => op switch
    {
        "==" => PythonEquality.AreEqual(left, right),
        "!=" => !PythonEquality.AreEqual(left, right),
        "in" => Contains(right, left, state),
        "not in" => !Contains(right, left, state),
        "<" => Order(op, left, right) < 0,
        "<=" => Order(op, left, right) <= 0,
        ">" => Order(op, left, right) > 0,
        _ => Order(op, left, right) >= 0,
    };

    public static object Negate(object? value) => value switch
    {
        bool flag => flag ? -1L : 0L,
        long number => Checked(() => checked(-number)),
        double number => -number,
        _ => throw TemplateException.Failed($"{Values.TypeName(value)} has no negative"),
    };

    public static int CompareNumbers(object left, object right)
    {
        if (left is not double && right is not double)
            return ToLong(left).CompareTo(ToLong(right));
        return ToDouble(left).CompareTo(ToDouble(right));
    }

    /// <summary>The order of two numbers, strings or lists; fails for others.</summary>
    public static int Order(string op, object? left, object? right)
    {
        switch (left, right)
        {
            case (bool or long or double, bool or long or double):
                return CompareNumbers(left, right);
            case (string a, string b):
                return string.CompareOrdinal(a, b);
            case (IReadOnlyList<object?> a, IReadOnlyList<object?> b):
                return OrderLists(op, a, b);
            default:
                throw TemplateException.Failed($"'{op}' does not compare {Values.TypeName(left)} and {Values.TypeName(right)}");
        }
    }

    public static bool Contains(object? container, object? item, RenderState state)
    {
        switch (container)
        {
            case string text:
                state.Charge(text.Length);
                return item is string part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : throw TemplateException.Failed($"'in' a string needs a string, not {Values.TypeName(item)}");
            case MapValue map:
                return item is not null && map.ContainsKey(item);
            default:
                return Values.Iterate(container, state).Any(other => PythonEquality.AreEqual(item, other));
        }
    }

    private static object? Add(object? left, object? right, RenderState state)
    {
        switch (left, right)
        {
            case (string a, string b):
                state.Reserve((long)a.Length + b.Length);
                return a + b;
            case (List<object?> a, List<object?> b):
                state.Reserve((long)a.Count + b.Count);
                return a.Concat(b).ToList();
            case (object?[] a, object?[] b):
                state.Reserve((long)a.Length + b.Length);
                return a.Concat(b).ToArray();
            default:
                return Arithmetic("+", left, right);
        }
    }

    private static object? Multiply(object? left, object? right, RenderState state)
    {
        if (right is string or IReadOnlyList<object?> && left is long or bool)
            (left, right) = (right, left);
        if (left is not (string or IReadOnlyList<object?>) || right is not (long or bool))
            return Arithmetic("*", left, right);
        long times = Math.Max(0, ToLong(right));
        state.CheckProduct(left is string text ? text.Length : ((IReadOnlyList<object?>)left).Count, times);
        if (left is string repeated)
            return string.Concat(Enumerable.Repeat(repeated, (int)times));
        var items = Enumerable.Repeat((IReadOnlyList<object?>)left, (int)times).SelectMany(static l => l);
        return left is object?[]? items.ToArray() : items.ToList();
    }

    private static object Arithmetic(string op, object? left, object? right)
    {
        if (left is not (bool or long or double) || right is not (bool or long or double))
            throw TemplateException.Failed($"'{op}' does not work on {Values.TypeName(left)} and {Values.TypeName(right)}");
        if (left is double || right is double || op == "/")
            return OnFloats(op, ToDouble(left), ToDouble(right));
        long a = ToLong(left);
        long b = ToLong(right);
        if (op is "//" or "%" && b == 0)
            throw TemplateException.Failed("division by zero");
        return op switch
        {
            "+" => Checked(() => checked(a + b)),
            "-" => Checked(() => checked(a - b)),
            "*" => Checked(() => checked(a * b)),
            "//" => Checked(() => checked(a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0)),
            "%" => b == -1 ? 0L : ((a % b) + b) % b,
            _ => Power(a, b),
        };
    }

    private static object OnFloats(string op, double a, double b)
    {
        if (op is "/" or "//" or "%" && b == 0)
            throw TemplateException.Failed("division by zero");
        return op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - (b * Math.Floor(a / b)),
            _ => Math.Pow(a, b),
        };
    }

    private static object Power(long a, long b)
    {
        if (b < 0)
            return Math.Pow(a, b);
        double estimate = Math.Pow(a, b);
        if (Math.Abs(estimate) > long.MaxValue / 2.0)
            throw TemplateException.Failed("a number is too large");
        long result = 1;
        for (long i = 0; i < b && a is not (0 or 1 or -1); i++)
            result *= a;
        return a switch
        {
            0 => b == 0 ? 1L : 0L,
            1 => 1L,
            -1 => b % 2 == 0 ? 1L : -1L,
            _ => result,
        };
    }

    private static int OrderLists(string op, IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!PythonEquality.AreEqual(left[i], right[i]))
                return Order(op, left[i], right[i]);
        }

        return left.Count.CompareTo(right.Count);
    }

    private static object Checked(Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw TemplateException.Failed("a number is too large");
        }
    }

    private static long ToLong(object value) => value is bool flag ? (flag ? 1 : 0) : (long)value;

    private static double ToDouble(object value) => value is double number ? number : ToLong(value);
}
