using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Work on sequences that methods and filters share.</summary>
internal static class Sequences
{
    public static string Join(string separator, IEnumerable<string> parts, RenderState state)
    {
        var text = new StringBuilder();
        bool first = true;
        foreach (string part in parts)
        {
            state.CheckLength((long)text.Length + separator.Length + part.Length);
            state.Charge(separator.Length + part.Length + 1);
            if (!first)
                text.Append(separator);
            text.Append(part);
            first = false;
        }

        return text.ToString();
    }

    /// <summary>The pairs of a mapping, as tuples.</summary>
    public static List<object?> Items(MapValue map, RenderState state)
    {
        state.Charge(map.Count);
        return map.Select(object? (entry) => new object?[] { entry.Key, entry.Value }).ToList();
    }

    /// <summary>The attribute path that <c>map(attribute=...)</c> and its like take: names and indices with dots between.</summary>
    public static object? Path(object? value, object? path)
    {
        if (path is long index)
            return Members.Item(value, index);
        if (path is not string names)
            throw TemplateException.Failed("an attribute is a string or a whole number");
        foreach (string name in names.Split('.'))
            value = long.TryParse(name, out long number) ? Members.Item(value, number) : Members.Item(value, name);
        return value;
    }

    /// <summary>Sorts by key, equals in the order they were; strings without regard to case unless asked.</summary>
    public static List<object?> Sort(IReadOnlyList<object?> items, Func<object?, object?> keyOf, bool caseSensitive, bool reverse, RenderState state)
    {
        state.Charge(items.Count * 16L);
        var keyed = items.Select(item => (Item: item, Key: Fold(keyOf(item), caseSensitive))).ToList();
        var comparer = Comparer<object?>.Create((a, b) => Operators.Order("sort", a, b));
        var sorted = reverse ? keyed.OrderByDescending(k => k.Key, comparer) : keyed.OrderBy(k => k.Key, comparer);
        try
        {
            return [.. sorted.Select(k => k.Item)];
        }
        catch (InvalidOperationException failure) when (failure.InnerException is TemplateException cause)
        {
            throw cause;
        }
    }

    public static object? Fold(object? value, bool caseSensitive) => value is string text && !caseSensitive ? text.ToLowerInvariant() : value;
}
