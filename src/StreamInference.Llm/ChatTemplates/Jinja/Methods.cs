using System.Text;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>The methods of strings that templates may call.</summary>
internal static class StringMethods
{
    private static readonly Dictionary<string, Func<string, CallArguments, RenderState, object?>> Table = new(StringComparer.Ordinal)
    {
        ["strip"] = (s, a, _) => PythonStrings.Trim(s, Characters(a), left: true, right: true),
        ["lstrip"] = (s, a, _) => PythonStrings.Trim(s, Characters(a), left: true, right: false),
        ["rstrip"] = (s, a, _) => PythonStrings.Trim(s, Characters(a), left: false, right: true),
        ["split"] = (s, a, _) => PythonStrings.Split(s, Separator(a), a.Integer(1, "maxsplit", -1), fromRight: false),
        ["rsplit"] = (s, a, _) => PythonStrings.Split(s, Separator(a), a.Integer(1, "maxsplit", -1), fromRight: true),
        ["splitlines"] = (s, a, _) => PythonStrings.SplitLines(s, a.Flag(0, "keepends", false)),
        ["startswith"] = (s, a, _) => Affixes(a).Any(p => s.StartsWith(p, StringComparison.Ordinal)),
        ["endswith"] = (s, a, _) => Affixes(a).Any(p => s.EndsWith(p, StringComparison.Ordinal)),
        ["removeprefix"] = (s, a, _) => s.StartsWith(a.Text(0, "prefix"), StringComparison.Ordinal) ? s[a.Text(0, "prefix").Length..] : s,
        ["removesuffix"] = (s, a, _) => s.EndsWith(a.Text(0, "suffix"), StringComparison.Ordinal) ? s[..^a.Text(0, "suffix").Length] : s,
        ["upper"] = (s, _, _) => s.ToUpperInvariant(),
        ["lower"] = (s, _, _) => s.ToLowerInvariant(),
        ["title"] = (s, _, _) => PythonStrings.Title(s, char.IsLetter),
        ["capitalize"] = (s, _, _) => PythonStrings.Capitalize(s),
        ["replace"] = (s, a, state) => Replace(s, a.Text(0, "old"), a.Text(1, "new"), a.Integer(2, "count", -1), state),
        ["join"] = (s, a, state) => Join(s, a, state),
        ["find"] = (s, a, _) => IndexOf(s, s.IndexOf(a.Text(0, "sub"), StringComparison.Ordinal)),
        ["rfind"] = (s, a, _) => IndexOf(s, s.LastIndexOf(a.Text(0, "sub"), StringComparison.Ordinal)),
        ["count"] = (s, a, _) => Count(s, a.Text(0, "sub")),
        ["isdigit"] = (s, _, _) => PythonStrings.IsAll(s, Rune.IsDigit),
        ["isalpha"] = (s, _, _) => PythonStrings.IsAll(s, Rune.IsLetter),
        ["isalnum"] = (s, _, _) => PythonStrings.IsAll(s, Rune.IsLetterOrDigit),
        ["isspace"] = (s, _, _) => PythonStrings.IsAll(s, Rune.IsWhiteSpace),
        ["isupper"] = (s, _, _) => PythonStrings.IsUpper(s),
        ["islower"] = (s, _, _) => PythonStrings.IsLower(s),
    };

    public static CallableValue? Find(string text, string name) => Table.TryGetValue(name, out var method)
        ? new CallableValue(name, (arguments, state) =>
        {
            state.Charge(text.Length);
            return method(text, arguments, state);
        })
        : null;

    public static string Replace(string text, string old, string replacement, int count, RenderState state)
    {
        if (old.Length == 0)
            throw TemplateException.Failed("replace needs a text that is not empty");
        long found = Count(text, old);
        found = count < 0 ? found : Math.Min(found, count);
        state.CheckLength(text.Length + (found * ((long)replacement.Length - old.Length)));
        if (found == 0)
            return text;
        var result = new StringBuilder();
        int from = 0;
        for (; found > 0; found--)
        {
            int at = text.IndexOf(old, from, StringComparison.Ordinal);
            result.Append(text, from, at - from).Append(replacement);
            from = at + old.Length;
        }

        return state.Checked(result.Append(text, from, text.Length - from).ToString());
    }

    private static string? Characters(CallArguments arguments) => arguments.Get(0, "chars", null) is null ? null : arguments.Text(0, "chars");

    private static string? Separator(CallArguments arguments) => arguments.Get(0, "sep", null) is null ? null : arguments.Text(0, "sep");

    private static IEnumerable<string> Affixes(CallArguments arguments) => arguments.Require(0, "prefix") is object?[] tuple
        ? tuple.Select(t => t as string ?? throw TemplateException.Failed("a tuple of strings is expected"))
        : [arguments.Text(0, "prefix")];

    private static string Join(string separator, CallArguments arguments, RenderState state)
    {
        var items = Values.Iterate(arguments.Require(0, "iterable"), state);
        return Sequences.Join(separator, items.Select(i => i as string ?? throw TemplateException.Failed("join needs strings")), state);
    }

    private static long Count(string text, string part) =>
        part.Length == 0 ? PythonStrings.Length(text) + 1L : text.AsSpan().Count(part);

    private static long IndexOf(string text, int at) => at <= 0 ? at : PythonStrings.Length(text[..at]);
}

/// <summary>The methods of dictionaries that do not change them.</summary>
internal static class MapMethods
{
    public static CallableValue? Find(MapValue map, string name) => name switch
    {
        "items" => new CallableValue(name, (_, state) => Sequences.Items(map, state)),
        "keys" => new CallableValue(name, (_, state) => Values.Iterate(map, state).ToList()),
        "values" => new CallableValue(name, (_, state) => Charged(map, state).Values.ToList()),
        "copy" => new CallableValue(name, (_, state) => Copy(map, state)),
        "get" => new CallableValue(name, (arguments, _) => arguments.Require(0, "key") is { } key && map.TryGetValue(key, out object? value)
            ? value
            : arguments.Get(1, "default", null)),
        "pop" or "popitem" or "update" or "clear" or "setdefault" => new CallableValue(name, (_, _) => throw Unsafe(name)),
        _ => null,
    };

    private static MapValue Copy(MapValue map, RenderState state)
    {
        var copy = new MapValue();
        foreach (var (key, value) in Charged(map, state))
            copy[key] = value;
        return copy;
    }

    private static MapValue Charged(MapValue map, RenderState state)
    {
        state.Charge(map.Count);
        return map;
    }

    internal static TemplateException Unsafe(string name) => TemplateException.Failed($"'{name}' would change a value of the caller's");
}

/// <summary>The methods of lists and tuples that do not change them.</summary>
internal static class ListMethods
{
    public static CallableValue? Find(IReadOnlyList<object?> list, string name) => name switch
    {
        "count" => new CallableValue(name, (arguments, state) =>
        {
            state.Charge(list.Count);
            object? wanted = arguments.Require(0, "value");
            return list.LongCount(item => PythonEquality.AreEqual(item, wanted));
        }),
        "index" => new CallableValue(name, (arguments, state) => IndexOf(list, arguments.Require(0, "value"), state)),
        "append" or "extend" or "insert" or "pop" or "remove" or "clear" or "sort" or "reverse" when list is not object?[] =>
            new CallableValue(name, (_, _) => throw MapMethods.Unsafe(name)),
        _ => null,
    };

    private static long IndexOf(IReadOnlyList<object?> list, object? wanted, RenderState state)
    {
        state.Charge(list.Count);
        for (int i = 0; i < list.Count; i++)
        {
            if (PythonEquality.AreEqual(list[i], wanted))
                return i;
        }

        throw TemplateException.Failed("the value is not in the list");
    }
}
