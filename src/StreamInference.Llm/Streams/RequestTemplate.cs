using System.Buffers;
using System.Text;
using System.Text.Json;
using StreamInference.Configuration;
using StreamInference.Records;

namespace StreamInference.Llm.Streams;

/// <summary>Makes requests of records that are none, by the section <c>request</c> of a pipeline. Used by one thread.</summary>
public sealed class RequestTemplate
{
    private readonly RequestConfig _config;
    private readonly RecordTemplate _prompt;
    private readonly RecordTemplate? _system;
    private readonly RecordTemplate? _id;
    private readonly StringBuilder _text = new();

    /// <summary>Compiles the templates.</summary>
    /// <exception cref="FormatException">One is none; a validated configuration has none such.</exception>
    public RequestTemplate(RequestConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        _prompt = RecordTemplate.Parse(config.Prompt ?? config.User ?? throw new FormatException("A request has either prompt or user."));
        _system = config.System is null ? null : RecordTemplate.Parse(config.System);
        _id = config.Id is null ? null : RecordTemplate.Parse(config.Id);
    }

    /// <summary>Writes the request (topics/llm/request.schema.json) for <paramref name="record"/>.</summary>
    /// <returns>Null, or why the record makes no request.</returns>
    public RecordError? Write(JsonElement record, IBufferWriter<byte> into)
    {
        using Utf8JsonWriter json = new(into);
        json.WriteStartObject();
        if (Write(json, "id", _id, record) is { } noId) return noId;
        if ((_config.Prompt is null ? WriteMessages(json, record) : Write(json, "prompt", _prompt, record)) is { } noPrompt) return noPrompt;
        if (_config.MaxTokens is { } maxTokens) json.WriteNumber("max_tokens", maxTokens);
        if (_config.Temperature is { } temperature) json.WriteNumber("temperature", temperature);
        if (_config.Stop is { } stops)
        {
            json.WriteStartArray("stop");
            foreach (string stop in stops) json.WriteStringValue(stop);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        return null;
    }

    private RecordError? WriteMessages(Utf8JsonWriter json, JsonElement record)
    {
        json.WriteStartArray("messages");
        if (_system is not null && WriteMessage(json, "system", _system, record) is { } error) return error;
        if (WriteMessage(json, "user", _prompt, record) is { } refused) return refused;
        json.WriteEndArray();
        return null;
    }

    private RecordError? WriteMessage(Utf8JsonWriter json, string role, RecordTemplate content, JsonElement record)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        RecordError? error = Write(json, "content", content, record);
        if (error is null) json.WriteEndObject();
        return error;
    }

    private RecordError? Write(Utf8JsonWriter json, string name, RecordTemplate? template, JsonElement record)
    {
        if (template is null) return null;
        _text.Clear();
        if (template.Render(record, _text) is { } error) return error;
        json.WriteString(name, _text.ToString());
        return null;
    }
}
