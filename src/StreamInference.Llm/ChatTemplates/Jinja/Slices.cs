namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>Python's slices.</summary>
internal static class Slices
{
    public static object? Take(object? target, object? start, object? stop, object? step, RenderState state)
    {
        long stride = Bound(step) ?? 1;
        if (stride == 0)
            throw TemplateException.Failed("a slice's step must not be zero");
        switch (target)
        {
            case string text:
                state.Charge(text.Length);
                return string.Concat(Pick([.. PythonStrings.Characters(text)], Bound(start), Bound(stop), stride));
            case object?[] tuple:
                state.Charge(tuple.Length);
                return Pick(tuple, Bound(start), Bound(stop), stride).ToArray();
            case IReadOnlyList<object?> list:
                state.Charge(list.Count);
                return Pick(list, Bound(start), Bound(stop), stride).ToList();
            case UndefinedValue undefined:
                throw TemplateException.Failed($"{undefined.What} is undefined");
            default:
                throw TemplateException.Failed($"{Values.TypeName(target)} cannot be sliced");
        }
    }

    private static long? Bound(object? value) => value switch
    {
        null => null,
        bool flag => flag ? 1 : 0,
        long number => number,
        _ => throw TemplateException.Failed($"a slice needs whole numbers, not {Values.TypeName(value)}"),
    };

    private static IEnumerable<T> Pick<T>(IReadOnlyList<T> items, long? start, long? stop, long step)
    {
        int count = items.Count;
        long from = step > 0 ? Clamp(start ?? 0, 0, count, count) : Clamp(start ?? count - 1, -1, count - 1, count);
        long to = step > 0 ? Clamp(stop ?? count, 0, count, count) : stop is null ? -1 : Clamp(stop.Value, -1, count - 1, count);
        // A stride beyond the length takes one item; the bound keeps the sum from overflowing.
        step = Math.Clamp(step, -count - 1L, count + 1L);
        for (long i = from; step > 0 ? i < to : i > to; i += step)
            yield return items[(int)i];
    }

    private static long Clamp(long bound, long low, long high, int count)
    {
        if (bound < 0)
            bound = Math.Max(bound + count, low);
        return Math.Clamp(bound, low, Math.Max(low, high));
    }
}
