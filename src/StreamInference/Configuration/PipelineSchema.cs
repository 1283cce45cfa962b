using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamInference.Configuration;

/// <summary>The JSON Schema (draft 2020-12) of <c>pipeline.yaml</c>, made of the same descriptions that bind and validate it.</summary>
public static class PipelineSchema
{
    private const string DurationPattern = @"^\s*[0-9]+(\.[0-9]*)?\s*(us|ms|s|m|h|d)\s*$";
    private const string SizePattern = @"^\s*[0-9]+\s*([kKmMgG][iI]?)?[bB]?\s*$";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema as a text, which <c>topics/pipeline.schema.json</c> holds.</summary>
    public static string Create()
    {
        JsonObject schema = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = "pipeline.schema.json",
            ["title"] = "StreamInference pipeline",
        };
        foreach ((string name, JsonNode? node) in Section(typeof(PipelineConfig))) schema[name] = node?.DeepClone();
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Section(Type type)
    {
        object defaults = Activator.CreateInstance(type)!;
        JsonObject properties = [];
        JsonArray required = [];
        foreach (SettingInfo setting in SettingInfo.Of(type))
        {
            JsonObject schema = Setting(setting);
            schema["description"] = setting.Attribute.Description;
            if (setting.Type is { } syntax && setting.Get(defaults) is { } value && !setting.IsRequired) schema["default"] = Default(syntax, value);
            properties[setting.Key] = schema;
            if (setting.IsRequired) required.Add((JsonNode)setting.Key);
        }

        return new JsonObject { ["type"] = "object", ["required"] = required, ["additionalProperties"] = false, ["properties"] = properties };
    }

    private static JsonObject Setting(SettingInfo setting)
    {
        JsonObject schema = setting switch
        {
            { IsClientProperties: true } => ClientProperties(),
            { IsList: true } => new JsonObject { ["type"] = "array", ["minItems"] = 1, ["uniqueItems"] = true, ["items"] = new JsonObject { ["type"] = "string" } },
            { IsSection: true } => Section(setting.PropertyType),
            _ => Scalar(setting),
        };
        if (setting.Attribute.Examples is { } examples) schema["examples"] = setting.IsList ? new JsonArray(Texts(examples)) : Texts(examples);
        if (!setting.IsRequired) AllowNull(schema);
        return schema;
    }

    private static JsonObject Scalar(SettingInfo setting)
    {
        switch (setting.Type)
        {
            case SettingType.ChoiceType choice:
                return new JsonObject { ["enum"] = Texts(choice.Names) };
            case SettingType.WholeNumberType or SettingType.NumberType:
                JsonObject number = new() { ["type"] = setting.Type is SettingType.NumberType ? "number" : "integer" };
                if (setting.Limit(setting.Attribute.Minimum) is { } minimum) number["minimum"] = JsonSerializer.SerializeToNode((object)minimum);
                if (setting.Limit(setting.Attribute.Maximum) is { } maximum) number["maximum"] = JsonSerializer.SerializeToNode((object)maximum);
                return number;
            case SettingType.BooleanType:
                return new JsonObject { ["type"] = "boolean" };
            case SettingType.DurationType:
                return new JsonObject { ["type"] = "string", ["pattern"] = DurationPattern };
            case SettingType.SizeType:
                JsonObject size = new() { ["type"] = new JsonArray("string", "integer"), ["pattern"] = SizePattern, ["minimum"] = 0 };
                if (setting.Limit(setting.Attribute.Minimum) is ByteSize least) size["minimum"] = least.Bytes;
                if (setting.Limit(setting.Attribute.Maximum) is ByteSize greatest) size["maximum"] = greatest.Bytes;
                return size;
            default:
                JsonObject text = new() { ["type"] = setting.Attribute.NumberAllowed ? new JsonArray("string", "integer") : "string" };
                if (setting.Attribute.Pattern is { } pattern) text["pattern"] = $"^(?:{pattern})$";
                if (!setting.Attribute.NumberAllowed) return text;
                text["minimum"] = 1;
                text["maximum"] = 999_999_999;
                return text;
        }
    }

    private static JsonObject ClientProperties()
    {
        JsonObject one = new() { ["type"] = new JsonArray("string", "number", "boolean", "null") };
        JsonObject some = new() { ["type"] = new JsonArray("object", "null"), ["additionalProperties"] = one };
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["consumer"] = some, ["producer"] = some.DeepClone() },
            ["additionalProperties"] = one.DeepClone(),
        };
    }

    private static void AllowNull(JsonObject schema)
    {
        if (schema["enum"] is JsonArray choices) choices.Add(null);
        else if (schema["type"] is JsonArray types) types.Add((JsonNode)"null");
        else schema["type"] = new JsonArray(schema["type"]!.GetValue<string>(), "null");
    }

    private static JsonNode? Default(SettingType type, object value) =>
        type is SettingType.WholeNumberType or SettingType.NumberType or SettingType.BooleanType ? JsonSerializer.SerializeToNode(value) : type.Format(value);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);
}
