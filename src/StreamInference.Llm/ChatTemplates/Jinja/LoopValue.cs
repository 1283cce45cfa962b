namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>The variable <c>loop</c> of one pass over items.</summary>
internal sealed class LoopValue(IReadOnlyList<object?> items, int depth)
{
    private object?[]? _lastChanged;

    public int Index { get; set; }

    /// <summary>How the loop calls itself, where it is recursive.</summary>
    public CallableValue? Recurse { get; init; }

    public object? Attribute(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => (long)(items.Count - Index - 1),
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => depth + 1L,
        "depth0" => (long)depth,
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("'previtem' of the first pass"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new UndefinedValue("'nextitem' of the last pass"),
        "cycle" => new CallableValue(name, (arguments, _) => Cycle(arguments)),
        "changed" => new CallableValue(name, (arguments, _) => Changed(arguments)),
        _ => new UndefinedValue($"'{name}' of loop"),
    };

    private object? Cycle(CallArguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[Index % arguments.Positional.Count]
        : throw TemplateException.Failed("cycle needs an argument");

    private bool Changed(CallArguments arguments)
    {
        object?[] values = [.. arguments.Positional];
        bool changed = !PythonEquality.AreEqual(values, _lastChanged);
        _lastChanged = values;
        return changed;
    }
}
