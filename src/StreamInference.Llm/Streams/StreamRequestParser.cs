using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Llm.Streams;

/// <summary>A parsed request, or why it is none.</summary>
internal readonly record struct ParsedRequest(GenerationRequest? Request, string? Id, RecordError? Error);

/// <summary>
/// Reads requests with OpenAI's field names (see topics/llm/request.schema.json). An unknown field is refused, as OpenAI's servers do: a name that is
/// spelled wrong would otherwise change the answer in silence.
/// </summary>
internal sealed class StreamRequestParser(ModelIdentity model, TokenStreamOptions options, IPromptRenderer? prompts)
{
    private static readonly JsonFieldPath IdField = JsonFieldPath.Parse("/id");
    private static readonly FrozenSet<string> Fields = new[]
    {
        "id", "model", "prompt", "messages", "tools", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty",
        "presence_penalty", "frequency_penalty", "seed", "stop", "logprobs", "top_logprobs", "logit_bias", "ignore_eos", "n", "priority", "user",
        // Without effect on an answer; clients of OpenAI's servers send them.
        "stream", "stream_options", "metadata", "store",
    }.ToFrozenSet();

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Parses <paramref name="record"/>; <paramref name="engineId"/> becomes the engine's id of the request.</summary>
    public ParsedRequest Parse(in StreamRecord record, long engineId)
    {
        if (!record.HasValue) return Refuse(null, RecordErrorCodes.NullValue, "A request has a value.");
        if (record.Value.IsEmpty) return Refuse(null, RecordErrorCodes.EmptyValue, "A request has a value.");
        if (record.Value.Length > options.MaxRequestBytes)
            return Refuse(IdOf(record.Value), RecordErrorCodes.RecordTooLarge, $"The value has {record.Value.Length} bytes, the limit is {options.MaxRequestBytes}.");
        string? id = null;
        try
        {
            using JsonDocument value = JsonDocument.Parse(record.Value.ToArray(), Strict);
            (JsonDocument? made, RecordError? noRequest) = Make(value.RootElement);
            using JsonDocument? _ = made;
            if (noRequest is not null) return Refuse(null, noRequest.Code, noRequest.Detail);
            JsonElement root = (made ?? value).RootElement;
            if (root.ValueKind != JsonValueKind.Object) return Refuse(null, RecordErrorCodes.WrongType, "A request is a JSON object.");
            id = Text(root, "id");
            if (UnknownField(root) is { } unknown) return Refuse(id, RecordErrorCodes.InvalidRequest, $"A request has no field {unknown}.");
            if (Text(root, "model") is { } asked && asked != model.Name && asked != model.ToString() && !options.ModelAliases.Contains(asked))
                return Refuse(id, RecordErrorCodes.UnknownModel, $"This pipeline serves {model}.");
            (string? prompt, ReadOnlyMemory<int> tokens, string? refusal) = Prompt(root);
            if (refusal is not null) return Refuse(id, RecordErrorCodes.InvalidRequest, refusal);
            GenerationRequest request = new()
            {
                Id = engineId,
                Prompt = prompt,
                PromptTokens = tokens,
                Sampling = Sampling(root, record),
                Priority = (int)(Number(root, "priority") ?? 0),
                FairnessKey = Text(root, "user"),
                Deadline = Deadline(record) is { } deadline && !options.IgnoresDeadlines ? deadline : null,
            };
            if (request.Sampling.Choices != 1) return Refuse(id, RecordErrorCodes.InvalidRequest, "n: a token stream has one choice; send one request for each.");
            return new ParsedRequest(request, id, null);
        }
        catch (JsonException broken)
        {
            return Refuse(id, RecordErrorCodes.MalformedJson, string.Create(CultureInfo.InvariantCulture, $"Not JSON at line {broken.LineNumber}, byte {broken.BytePositionInLine}."));
        }
        catch (RequestFieldException field)
        {
            return Refuse(id, RecordErrorCodes.WrongType, field.Message);
        }
    }

    /// <summary>The request that the pipeline's template makes of the record; none where records are requests.</summary>
    private (JsonDocument? Request, RecordError? Error) Make(JsonElement record)
    {
        if (options.Request is not { } template) return default;
        ArrayBufferWriter<byte> request = new();
        RecordError? error = template.Write(record, request);
        return error is null ? (JsonDocument.Parse(request.WrittenMemory), null) : (null, error);
    }

    // The reader of the answer waits for this id; the request is too large to look further.
    private string? IdOf(ReadOnlySpan<byte> value)
    {
        if (options.Request is not null) return null;
        try
        {
            Utf8JsonReader reader = new(value);
            return IdField.MoveTo(ref reader) && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? UnknownField(JsonElement root)
    {
        foreach (JsonProperty field in root.EnumerateObject())
            if (!Fields.Contains(field.Name)) return field.Name;
        return null;
    }

    private static ParsedRequest Refuse(string? id, string code, string detail) => new(null, id, new RecordError(code, detail));

    private (string? Prompt, ReadOnlyMemory<int> Tokens, string? Refusal) Prompt(JsonElement root)
    {
        bool hasMessages = root.TryGetProperty("messages", out JsonElement messages);
        string? prompt = Text(root, "prompt");
        if (hasMessages == (prompt is not null)) return (null, default, "A request has either prompt or messages.");
        if (prompt is not null) return (prompt, default, null);
        if (messages.ValueKind != JsonValueKind.Array) throw new RequestFieldException("messages", "an array");
        if (prompts is null) return (null, default, "This model has no chat template: send a prompt.");
        (ReadOnlyMemory<int> tokens, string? refusal) = prompts.Render(messages, root.TryGetProperty("tools", out JsonElement tools) ? tools : null);
        return (null, tokens, refusal);
    }

    private static SamplingParameters Sampling(JsonElement root, in StreamRecord record) => new()
    {
        Choices = (int)(Number(root, "n") ?? 1),
        MaxTokens = (int?)(Number(root, "max_completion_tokens") ?? Number(root, "max_tokens")),
        Temperature = (float)(Number(root, "temperature") ?? 1),
        TopK = (int)(Number(root, "top_k") ?? 0),
        TopP = (float)(Number(root, "top_p") ?? 1),
        MinP = (float)(Number(root, "min_p") ?? 0),
        RepetitionPenalty = (float)(Number(root, "repetition_penalty") ?? 1),
        PresencePenalty = (float)(Number(root, "presence_penalty") ?? 0),
        FrequencyPenalty = (float)(Number(root, "frequency_penalty") ?? 0),
        Seed = (ulong?)(long?)Number(root, "seed") ?? SeedOf(record),
        Logprobs = Logprobs(root),
        Stop = Stops(root),
        IgnoreEos = Flag(root, "ignore_eos"),
        LogitBias = LogitBias(root),
    };

    /// <summary>A seed that every owner of the partition finds again: a resumed request draws what it would have drawn.</summary>
    private static ulong SeedOf(in StreamRecord record)
    {
        ulong mixed = ((ulong)record.Offset * 0x9E3779B97F4A7C15) ^ ((ulong)record.Assignment.Partition * 0xBF58476D1CE4E5B9);
        mixed = (mixed ^ (mixed >> 31)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 29);
    }

    private static DateTimeOffset? Deadline(in StreamRecord record)
    {
        if (!record.TryGetHeader(StreamHeaders.Deadline, out ReadOnlySpan<byte> value)) return null;
        string text = Encoding.UTF8.GetString(value);
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long milliseconds)
            && milliseconds is >= 0 and < 253_402_300_800_000) return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)) return at;
        throw new RequestFieldException($"header {StreamHeaders.Deadline}", "Unix milliseconds or an ISO 8601 time");
    }

    private static int? Logprobs(JsonElement root)
    {
        // OpenAI has both: completions take a number, chat takes true and top_logprobs.
        if (!root.TryGetProperty("logprobs", out JsonElement value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False) return null;
        if (value.ValueKind == JsonValueKind.True) return (int)(Number(root, "top_logprobs") ?? 0);
        return (int?)Number(root, "logprobs");
    }

    private static IReadOnlyList<string> Stops(JsonElement root)
    {
        if (!root.TryGetProperty("stop", out JsonElement stop) || stop.ValueKind == JsonValueKind.Null) return [];
        if (stop.ValueKind == JsonValueKind.String) return [stop.GetString()!];
        if (stop.ValueKind != JsonValueKind.Array || stop.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw new RequestFieldException("stop", "a string or an array of strings");
        return [.. stop.EnumerateArray().Select(item => item.GetString()!)];
    }

    private static Dictionary<int, float>? LogitBias(JsonElement root)
    {
        if (!root.TryGetProperty("logit_bias", out JsonElement bias) || bias.ValueKind == JsonValueKind.Null) return null;
        if (bias.ValueKind != JsonValueKind.Object) throw new RequestFieldException("logit_bias", "an object of token ids");
        Dictionary<int, float> found = [];
        foreach (JsonProperty entry in bias.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int token) || entry.Value.ValueKind != JsonValueKind.Number)
                throw new RequestFieldException("logit_bias", "an object of token ids");
            found[token] = entry.Value.GetSingle();
        }

        return found;
    }

    private static string? Text(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new RequestFieldException(name, "a string");
    }

    private static bool Flag(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new RequestFieldException(name, "true or false");
    }

    private static decimal? Number(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out decimal number) || Math.Abs(number) > int.MaxValue && name != "seed"
            || Math.Abs(number) > long.MaxValue) throw new RequestFieldException(name, "a number in range");
        return number;
    }

    private sealed class RequestFieldException(string field, string expected) : Exception($"{field} must be {expected}.");
}
