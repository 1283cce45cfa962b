using System.Text;
using System.Text.Json;
using StreamInference.Kafka.Clients;
using StreamInference.Runners;

namespace StreamInference.Kafka.Control;

/// <summary>The records of a control topic (topics/llm/control.schema.json): <c>{"cancel": "request id"}</c>.</summary>
internal static class CancellationRecord
{
    /// <summary>The value of a cancellation.</summary>
    public static byte[] Write(string requestId) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["cancel"] = requestId });

    /// <summary>Reads a record; null when it is no cancellation.</summary>
    public static RequestCancellation? Read(TopicRecord record)
    {
        if (record.Value is null) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(record.Value);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("cancel", out JsonElement cancel) && cancel.ValueKind == JsonValueKind.String && cancel.GetString() is { Length: > 0 } id
                ? new RequestCancellation(id, record.Timestamp)
                : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return null;
        }
    }
}
