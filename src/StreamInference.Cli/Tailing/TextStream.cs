using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamInference.Kafka.Clients;

namespace StreamInference.Cli.Tailing;

/// <summary>One answer as its records show it.</summary>
internal sealed class TextStream(string id)
{
    private readonly StringBuilder _text = new();

    public string Id => id;

    /// <summary>The text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Tokens seen.</summary>
    public int Tokens { get; private set; }

    /// <summary>Why the answer ended; null while it grows.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>How it ended and how fast it was: for the last line of an answer.</summary>
    public string Ending { get; private set; } = "";

    /// <summary>Takes a result.</summary>
    /// <returns>The text that it brings.</returns>
    public string Append(JsonElement result)
    {
        string delta = result.GetProperty("delta").GetString() ?? "";
        _text.Append(delta);
        int index = result.GetProperty("index").GetInt32();
        Tokens = index + result.GetProperty("token_ids").GetArrayLength();
        FinishReason = result.GetProperty("finish_reason").GetString();
        if (FinishReason is not null) Ending = EndingOf(result);
        return delta;
    }

    private string EndingOf(JsonElement result)
    {
        string reason = result.TryGetProperty("error", out JsonElement error) ? $"{FinishReason} {error.GetProperty("code").GetString()}" : FinishReason!;
        if (!result.TryGetProperty("timings", out JsonElement timings)) return reason;
        double seconds = timings.GetProperty("total_ms").GetDouble() / 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{reason}, {Tokens} tokens, {(seconds > 0 ? Tokens / seconds : 0):0} tokens/s, first after {timings.GetProperty("ttft_ms").GetDouble():0} ms");
    }
}

/// <summary>The answers in a topic of token streams, by their requests' ids.</summary>
internal sealed class TextStreams
{
    private readonly Dictionary<string, TextStream> _open = [];

    /// <summary>Takes a record.</summary>
    /// <returns>The answer it belongs to and the text it brings; null for a record that is no result of a token stream.</returns>
    public (TextStream Stream, string Delta)? Take(TopicRecord record)
    {
        if (record.Value is null) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(record.Value);
            JsonElement result = document.RootElement;
            if (result.ValueKind != JsonValueKind.Object || !result.TryGetProperty("delta", out _) || result.GetProperty("id").GetString() is not { } id) return null;
            if (!_open.TryGetValue(id, out TextStream? stream)) _open[id] = stream = new TextStream(id);
            string delta = stream.Append(result);
            // An id may come again, for another request.
            if (stream.FinishReason is not null) _open.Remove(id);
            return (stream, delta);
        }
        catch (Exception foreign) when (foreign is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
