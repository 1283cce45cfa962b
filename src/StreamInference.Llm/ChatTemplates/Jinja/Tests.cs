namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>A test: <c>value is name(arguments)</c>.</summary>
internal delegate bool Test(object? value, CallArguments arguments, RenderState state);

/// <summary>The tests that chat templates use.</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Test> Table = new(StringComparer.Ordinal)
    {
        ["defined"] = (v, _, _) => v is not UndefinedValue,
        ["undefined"] = (v, _, _) => v is UndefinedValue,
        ["none"] = (v, _, _) => v is null,
        ["true"] = (v, _, _) => v is true,
        ["false"] = (v, _, _) => v is false,
        ["boolean"] = (v, _, _) => v is bool,
        ["string"] = (v, _, _) => v is string,
        ["number"] = (v, _, _) => v is long or double or bool,
        ["integer"] = (v, _, _) => v is long,
        ["float"] = (v, _, _) => v is double,
        ["mapping"] = (v, _, _) => v is MapValue,
        ["sequence"] = (v, _, _) => v is string or IReadOnlyList<object?> or MapValue or UndefinedValue,
        ["iterable"] = (v, _, _) => v is string or IReadOnlyList<object?> or MapValue or UndefinedValue,
        ["callable"] = (v, _, _) => v is CallableValue,
        ["odd"] = (v, _, state) => Remainder(v, 2L, state) == 1,
        ["even"] = (v, _, state) => Remainder(v, 2L, state) == 0,
        ["divisibleby"] = (v, a, state) => Remainder(v, a.Require(0, "num"), state) == 0,
        ["upper"] = (v, _, _) => PythonStrings.IsUpper(PythonText.Str(v)),
        ["lower"] = (v, _, _) => PythonStrings.IsLower(PythonText.Str(v)),
        ["in"] = (v, a, state) => Operators.Contains(a.Require(0, "seq"), v, state),
        ["sameas"] = (v, a, _) => IsSame(v, a.Require(0, "other")),
        ["filter"] = (v, _, _) => v is string name && Filters.Find(name) is not null,
        ["test"] = (v, _, _) => v is string name && Find(name) is not null,
    };

    private static readonly Dictionary<string, string> Comparisons = new(StringComparer.Ordinal)
    {
        ["=="] = "==",
        ["eq"] = "==",
        ["equalto"] = "==",
        ["!="] = "!=",
        ["ne"] = "!=",
        ["<"] = "<",
        ["lt"] = "<",
        ["lessthan"] = "<",
        ["<="] = "<=",
        ["le"] = "<=",
        [">"] = ">",
        ["gt"] = ">",
        ["greaterthan"] = ">",
        [">="] = ">=",
        ["ge"] = ">=",
    };

    public static Test? Find(string name)
    {
        if (Comparisons.TryGetValue(name, out string? op))
            return (value, arguments, state) => Operators.Compare(op, value, arguments.Require(0, "other"), state);
        return Table.GetValueOrDefault(name);
    }

    private static double Remainder(object? value, object? divisor, RenderState state) =>
        Operators.Apply("%", value, divisor, state) is var rest && rest is double fraction ? fraction : (long)rest!;

    private static bool IsSame(object? value, object? other) => (value, other) switch
    {
        (null, null) => true,
        (bool a, bool b) => a == b,
        (long a, long b) => a == b,
        (string a, string b) => a == b,
        _ => ReferenceEquals(value, other),
    };
}
