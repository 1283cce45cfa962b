namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>The filters over sequences.</summary>
internal static class SequenceFilters
{
    private static readonly Dictionary<string, Filter> Table = new(StringComparer.Ordinal)
    {
        ["list"] = (v, _, state) => Values.Iterate(v, state).ToList(),
        ["first"] = (v, _, state) => Values.Iterate(v, state) is { Count: > 0 } items ? items[0] : new UndefinedValue("the first of nothing"),
        ["last"] = (v, _, state) => Values.Iterate(v, state) is { Count: > 0 } items ? items[^1] : new UndefinedValue("the last of nothing"),
        ["join"] = (v, a, state) => Join(v, a, state),
        ["reverse"] = (v, _, state) => v is string text
            ? string.Concat(PythonStrings.Characters(text).Reverse())
            : Values.Iterate(v, state).Reverse().ToList(),
        ["sort"] = (v, a, state) => Sequences.Sort(
            Values.Iterate(v, state), KeyOf(a.Get(2, "attribute", null)), a.Flag(1, "case_sensitive", false), a.Flag(0, "reverse", false), state),
        ["dictsort"] = DictSort,
        ["unique"] = Unique,
        ["sum"] = (v, a, state) => Values.Iterate(v, state).Select(KeyOf(a.Get(0, "attribute", null)))
            .Aggregate(a.Get(1, "start", 0L), (sum, item) => Operators.Apply("+", sum, item, state)),
        ["min"] = (v, a, state) => Extreme(v, a, state, -1),
        ["max"] = (v, a, state) => Extreme(v, a, state, 1),
        ["map"] = Map,
        ["select"] = (v, a, state) => Select(v, a, state, byAttribute: false, wanted: true),
        ["reject"] = (v, a, state) => Select(v, a, state, byAttribute: false, wanted: false),
        ["selectattr"] = (v, a, state) => Select(v, a, state, byAttribute: true, wanted: true),
        ["rejectattr"] = (v, a, state) => Select(v, a, state, byAttribute: true, wanted: false),
        ["batch"] = Batch,
        ["groupby"] = GroupBy,
    };

    public static Filter? Find(string name) => Table.GetValueOrDefault(name);

    private static Func<object?, object?> KeyOf(object? attribute) =>
        attribute is null ? static item => item : item => Sequences.Path(item, attribute);

    private static string Join(object? value, CallArguments arguments, RenderState state) => Sequences.Join(
        PythonText.Str(arguments.Get(0, "d", "")),
        Values.Iterate(value, state).Select(KeyOf(arguments.Get(1, "attribute", null))).Select(PythonText.Str),
        state);

    private static List<object?> DictSort(object? value, CallArguments arguments, RenderState state)
    {
        if (value is not MapValue map)
            throw TemplateException.Failed("dictsort needs a mapping");
        int part = arguments.Text(1, "by", "key") == "value" ? 1 : 0;
        return Sequences.Sort(
            Sequences.Items(map, state), pair => ((object?[])pair!)[part], arguments.Flag(0, "case_sensitive", false), arguments.Flag(2, "reverse", false), state);
    }

    private static List<object?> Unique(object? value, CallArguments arguments, RenderState state)
    {
        var key = KeyOf(arguments.Get(1, "attribute", null));
        bool caseSensitive = arguments.Flag(0, "case_sensitive", false);
        var seen = new HashSet<object>(PythonEquality.Instance);
        return [.. Values.Iterate(value, state).Where(item => seen.Add(Members.AsKey(Sequences.Fold(key(item), caseSensitive))))];
    }

    private static object? Extreme(object? value, CallArguments arguments, RenderState state, int sign)
    {
        var items = Values.Iterate(value, state);
        if (items.Count == 0)
            return new UndefinedValue("the extreme of nothing");
        var key = KeyOf(arguments.Get(1, "attribute", null));
        bool caseSensitive = arguments.Flag(0, "case_sensitive", false);
        return items.Aggregate((best, item) =>
            Operators.Order("max", Sequences.Fold(key(item), caseSensitive), Sequences.Fold(key(best), caseSensitive)) * sign > 0 ? item : best);
    }

    // Jinja gives an empty list for anything false, even for what cannot be iterated.
    private static IReadOnlyList<object?> Items(object? value, RenderState state) => Values.IsTrue(value) ? Values.Iterate(value, state) : [];

    private static List<object?> Map(object? value, CallArguments arguments, RenderState state)
    {
        var items = Items(value, state);
        if (arguments.Positional.Count == 0)
        {
            object? attribute = arguments.Require(0, "attribute");
            object? otherwise = arguments.Get(1, "default", null);
            return [.. items.Select(item => Sequences.Path(item, attribute) is var found && found is UndefinedValue && otherwise is not null ? otherwise : found)];
        }

        string name = arguments.Text(0, "name");
        var filter = Filters.Find(name) ?? throw TemplateException.Failed($"there is no filter '{name}'");
        var rest = arguments.Skip(1, name);
        return [.. items.Select(item =>
        {
            state.Charge(item is string text ? text.Length + 1 : 1);
            return filter(item, rest, state);
        })];
    }

    private static List<object?> Select(object? value, CallArguments arguments, RenderState state, bool byAttribute, bool wanted)
    {
        object? attribute = byAttribute ? arguments.Require(0, "attribute") : null;
        int at = byAttribute ? 1 : 0;
        Test test = static (item, _, _) => Values.IsTrue(item);
        var rest = CallArguments.None("select");
        if (arguments.Positional.Count > at)
        {
            string name = arguments.Text(at, "test");
            test = Tests.Find(name) ?? throw TemplateException.Failed($"there is no test '{name}'");
            rest = arguments.Skip(at + 1, name);
        }

        return [.. Items(value, state).Where(item => test(byAttribute ? Sequences.Path(item, attribute) : item, rest, state) == wanted)];
    }

    private static List<object?> Batch(object? value, CallArguments arguments, RenderState state)
    {
        int size = arguments.Integer(0, "linecount", 0);
        if (size < 1)
            throw TemplateException.Failed("batch needs a size of at least 1");
        return [.. Values.Iterate(value, state).Chunk(size).Select(static chunk => chunk.ToList())];
    }

    private static List<object?> GroupBy(object? value, CallArguments arguments, RenderState state)
    {
        var key = KeyOf(arguments.Require(0, "attribute"));
        var groups = new List<object?>();
        foreach (object? item in Sequences.Sort(Values.Iterate(value, state), key, caseSensitive: false, reverse: false, state))
        {
            if (groups.Count == 0 || groups[^1] is not object?[] last || !PythonEquality.AreEqual(Sequences.Fold(last[0], false), Sequences.Fold(key(item), false)))
                groups.Add(new object?[] { key(item), new List<object?> { item } });
            else
                ((List<object?>)last[1]!).Add(item);
        }

        return groups;
    }
}
