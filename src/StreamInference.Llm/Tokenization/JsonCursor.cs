using System.Text.Json;

namespace StreamInference.Llm.Tokenization;

/// <summary>A JSON value with the path that leads to it, so that every complaint names its key.</summary>
internal readonly struct JsonCursor(JsonElement element, string path)
{
    public JsonElement Element { get; } = element;

    public string Path { get; } = path;

    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    public bool IsArray => Element.ValueKind == JsonValueKind.Array;

    public bool IsString => Element.ValueKind == JsonValueKind.String;

    public TokenizerFormatException Error(string what) => new($"{Path}: {what}");

    public bool TryGet(string name, out JsonCursor value)
    {
        value = default;
        if (!IsObject || !Element.TryGetProperty(name, out var found) || found.ValueKind == JsonValueKind.Null)
            return false;
        value = new JsonCursor(found, $"{Path}.{name}");
        return true;
    }

    public JsonCursor Get(string name) => TryGet(name, out var value) ? value : throw Error($"'{name}' is missing");

    public string Text()
    {
        if (!IsString)
            throw Error("a string is expected");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Error("a string with half a surrogate pair");
        }
    }

    public string Text(string name) => Get(name).Text();

    public string Text(string name, string otherwise) => TryGet(name, out var value) ? value.Text() : otherwise;

    public int Integer() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) ? value : throw Error("an integer is expected");

    public int Integer(string name) => Get(name).Integer();

    public double Number() => Element.ValueKind == JsonValueKind.Number ? Element.GetDouble() : throw Error("a number is expected");

    public bool Flag(string name, bool otherwise)
    {
        if (!TryGet(name, out var value))
            return otherwise;
        return value.Element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw value.Error("true or false is expected"),
        };
    }

    /// <summary>The properties of an object; nothing of another value.</summary>
    public IEnumerable<(string Name, JsonCursor Value)> Properties()
    {
        if (!IsObject)
            yield break;
        foreach (var property in Element.EnumerateObject())
        {
            string name = NameOf(property);
            yield return (name, new JsonCursor(property.Value, $"{Path}.{name}"));
        }
    }

    public IEnumerable<JsonCursor> Items()
    {
        if (!IsArray)
            throw Error("an array is expected");
        return Enumerate(this);
    }

    public IEnumerable<JsonCursor> Items(string name) => Get(name).Items();

    public JsonCursor Item(int index) => IsArray && index < Element.GetArrayLength()
        ? new JsonCursor(Element[index], $"{Path}[{index}]")
        : throw Error($"an array of more than {index} items is expected");

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw Error("a name with half a surrogate pair");
        }
    }

    private static IEnumerable<JsonCursor> Enumerate(JsonCursor array)
    {
        int index = 0;
        foreach (var item in array.Element.EnumerateArray())
            yield return new JsonCursor(item, $"{array.Path}[{index++}]");
    }
}
