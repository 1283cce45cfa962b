using System.Runtime.CompilerServices;
using System.Text.Json;

namespace StreamInference.Llm.ChatTemplates.Jinja;

/// <summary>A name or key that is not there. Prints as nothing, is false and empty; anything else done with it fails.</summary>
internal sealed record UndefinedValue(string What);

/// <summary>A dictionary in insertion order.</summary>
internal sealed class MapValue : OrderedDictionary<object, object?>
{
    public MapValue()
        : base(PythonEquality.Instance)
    {
    }
}

/// <summary>What <c>namespace(...)</c> makes: the one thing whose attributes a template may set.</summary>
internal sealed class NamespaceValue
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>Something a template can call: a macro, a global, a bound method.</summary>
internal sealed record CallableValue(string Name, Func<CallArguments, RenderState, object?> Call);

/// <summary>The arguments of a call, filter or test.</summary>
internal sealed class CallArguments(string name, IReadOnlyList<object?> positional, IReadOnlyList<KeyValuePair<string, object?>> named)
{
    public static CallArguments None(string name) => new(name, [], []);

    public IReadOnlyList<object?> Positional { get; } = positional;

    public IReadOnlyList<KeyValuePair<string, object?>> Named { get; } = named;

    public bool Has(int index, string parameter) => index < Positional.Count || Named.Any(n => n.Key == parameter);

    public object? Get(int index, string parameter, object? otherwise)
    {
        if (index < Positional.Count)
            return Positional[index];
        foreach (var (key, value) in Named)
        {
            if (key == parameter)
                return value;
        }

        return otherwise;
    }

    public object? Require(int index, string parameter) =>
        Has(index, parameter) ? Get(index, parameter, null) : throw TemplateException.Failed($"{name} needs the argument '{parameter}'");

    public string Text(int index, string parameter) =>
        Require(index, parameter) as string ?? throw TemplateException.Failed($"{name}: '{parameter}' must be a string");

    public string Text(int index, string parameter, string otherwise) => Has(index, parameter) ? Text(index, parameter) : otherwise;

    public int Integer(int index, string parameter, int otherwise) => Get(index, parameter, (long)otherwise) switch
    {
        long value and >= int.MinValue and <= int.MaxValue => (int)value,
        bool flag => flag ? 1 : 0,
        _ => throw TemplateException.Failed($"{name}: '{parameter}' must be a whole number"),
    };

    public bool Flag(int index, string parameter, bool otherwise) => Values.IsTrue(Get(index, parameter, otherwise));

    /// <summary>The arguments from the second on.</summary>
    public CallArguments Skip(int count, string otherName) => new(otherName, [.. Positional.Skip(count)], Named);
}

/// <summary>
/// Python's view of values. None is null, int is long, float is double, str is string, list is <see cref="List{T}"/>, tuple is an array, dict is
/// <see cref="MapValue"/>.
/// </summary>
internal static class Values
{
    public static bool IsTrue(object? value) => value switch
    {
        null or UndefinedValue => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        MapValue map => map.Count > 0,
        _ => true,
    };

    public static string TypeName(object? value) => value switch
    {
        null => "None",
        UndefinedValue undefined => $"undefined ({undefined.What})",
        bool => "a boolean",
        long => "an integer",
        double => "a float",
        string => "a string",
        object?[] => "a tuple",
        IReadOnlyList<object?> => "a list",
        MapValue => "a mapping",
        CallableValue => "a function",
        _ => "an object",
    };

    /// <summary>The items of a list, the keys of a mapping, the characters of a string, nothing for undefined.</summary>
    public static IReadOnlyList<object?> Iterate(object? value, RenderState state)
    {
        var items = value switch
        {
            IReadOnlyList<object?> list => list,
            MapValue map => [.. map.Keys],
            string text => [.. PythonStrings.Characters(text)],
            UndefinedValue => [],
            _ => throw TemplateException.Failed($"{TypeName(value)} cannot be iterated"),
        };
        state.Charge(items.Count);
        return items;
    }

    /// <summary>JSON as values: objects become mappings, arrays lists.</summary>
    public static object? FromJson(JsonElement json)
    {
        try
        {
            return FromValidJson(json);
        }
        catch (InvalidOperationException)
        {
            // JSON can spell half a surrogate pair; it is found only when the text is read.
            throw TemplateException.Failed("a text with half a surrogate pair");
        }
    }

    private static object? FromValidJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out long integer) ? integer : (object)json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(FromValidJson).ToList(),
        JsonValueKind.Object => FromJsonObject(json),
        _ => null,
    };

    private static MapValue FromJsonObject(JsonElement json)
    {
        var map = new MapValue();
        foreach (var property in json.EnumerateObject())
            map[property.Name] = FromValidJson(property.Value);
        return map;
    }
}

/// <summary>Python's <c>==</c> and the hash that goes with it: 1, 1.0 and True are equal, lists and dictionaries compare by content.</summary>
internal sealed class PythonEquality : IEqualityComparer<object>
{
    public static PythonEquality Instance { get; } = new();

    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (UndefinedValue, UndefinedValue) => true,
        (string a, string b) => a == b,
        (bool or long or double, bool or long or double) => Operators.CompareNumbers(left, right) == 0,
        (object?[] a, object?[] b) => AreEqual((IReadOnlyList<object?>)a, b),
        (List<object?> a, List<object?> b) => AreEqual((IReadOnlyList<object?>)a, b),
        (MapValue a, MapValue b) => AreEqual(a, b),
        _ => ReferenceEquals(left, right),
    };

    bool IEqualityComparer<object>.Equals(object? x, object? y) => AreEqual(x, y);

    int IEqualityComparer<object>.GetHashCode(object obj) => obj switch
    {
        string text => string.GetHashCode(text, StringComparison.Ordinal),
        bool flag => (flag ? 1.0 : 0.0).GetHashCode(),
        long number => ((double)number).GetHashCode(),
        double number => number.GetHashCode(),
        _ => 0,
    };

    private static bool AreEqual(MapValue left, MapValue right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return left.Count == right.Count && left.All(entry => right.TryGetValue(entry.Key, out object? other) && AreEqual(entry.Value, other));
    }

    private static bool AreEqual(IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        // A template can nest lists as deep as its work goes.
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (left.Count != right.Count)
            return false;
        for (int i = 0; i < left.Count; i++)
        {
            if (!AreEqual(left[i], right[i]))
                return false;
        }

        return true;
    }
}
