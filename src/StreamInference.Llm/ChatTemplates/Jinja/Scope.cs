namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Variables of a template, a loop pass or a macro call; a name is looked up outwards and set in the innermost.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, object?> _variables = new(StringComparer.Ordinal);

    public object? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._variables.TryGetValue(name, out object? value))
                return value;
        }

        return new UndefinedValue($"'{name}'");
    }

    public void Set(string name, object? value) => _variables[name] = value;

    private Scope? Outer { get; } = outer;
}
