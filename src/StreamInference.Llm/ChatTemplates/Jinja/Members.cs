namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>
/// What <c>a.b</c> and <c>a[b]</c> mean: a fixed set of attributes and methods for each kind of value, nothing found by reflection. A dot
/// prefers the method, brackets prefer the key, as in Jinja.
/// </summary>
internal static class Members
{
    public static object? Attribute(object? target, string name)
    {
        switch (target)
        {
            case NamespaceValue space:
                return space.Attributes.TryGetValue(name, out object? attribute) ? attribute : Missing(target, name);
            case LoopValue loop:
                return loop.Attribute(name);
            case UndefinedValue undefined:
                throw TemplateException.Failed($"{undefined.What} is undefined and has no '{name}'");
            case MapValue map:
                return MapMethods.Find(map, name) ?? (map.TryGetValue(name, out object? value) ? value : Missing(target, name));
            case string text:
                return StringMethods.Find(text, name) ?? (object)Missing(target, name);
            case IReadOnlyList<object?> list:
                return ListMethods.Find(list, name) ?? (object)Missing(target, name);
            default:
                return Missing(target, name);
        }
    }

    public static object? Item(object? target, object? key)
    {
        switch (target, key)
        {
            case (UndefinedValue undefined, _):
                throw TemplateException.Failed($"{undefined.What} is undefined");
            case (MapValue map, _) when key is not null && map.TryGetValue(key, out object? value):
                return value;
            case (string text, long index):
                return At([.. PythonStrings.Characters(text)], index);
            case (IReadOnlyList<object?> list, long index):
                return At(list, index);
            case (_, string name):
                return Attribute(target, name);
            default:
                return Missing(target, PythonText.Str(key));
        }
    }

    /// <summary>A value as a dictionary's key.</summary>
    public static object AsKey(object? value) => value is string or long or double or bool or object?[]? value
        : throw TemplateException.Failed($"{Values.TypeName(value)} cannot be a key");

    private static object? At(IReadOnlyList<object?> items, long index)
    {
        if (index < 0)
            index += items.Count;
        return index >= 0 && index < items.Count ? items[(int)index] : new UndefinedValue($"item {index}");
    }

    private static UndefinedValue Missing(object? target, string name) => new($"'{name}' of {Values.TypeName(target)}");
}
