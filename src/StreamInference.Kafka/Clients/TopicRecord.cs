using System.Text;
using Confluent.Kafka;

namespace StreamInference.Kafka.Clients;

/// <summary>A record of a topic as a reader outside any pipeline sees it.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset.</param>
/// <param name="Timestamp">Milliseconds since 1970 UTC; -1 when the record has none.</param>
/// <param name="Key">The key; null when there is none.</param>
/// <param name="Value">The value; null for a tombstone.</param>
/// <param name="Headers">The headers, in their order.</param>
public sealed record TopicRecord(
    string Topic, int Partition, long Offset, long Timestamp, byte[]? Key, byte[]? Value, IReadOnlyList<KeyValuePair<string, byte[]?>> Headers)
{
    /// <summary>The last header of this name as a text; null when there is none.</summary>
    public string? Header(string name)
    {
        for (int i = Headers.Count - 1; i >= 0; i--)
            if (Headers[i].Key == name) return Headers[i].Value is { } value ? Encoding.UTF8.GetString(value) : null;
        return null;
    }

    internal static TopicRecord Of(ConsumeResult<byte[]?, byte[]?> read) => new(
        read.Topic, read.Partition.Value, read.Offset.Value, read.Message.Timestamp.Type == TimestampType.NotAvailable ? -1 : read.Message.Timestamp.UnixTimestampMs,
        read.Message.Key, read.Message.Value, HeadersOf(read.Message.Headers));

    private static IReadOnlyList<KeyValuePair<string, byte[]?>> HeadersOf(Headers? headers) =>
        headers is null or { Count: 0 } ? [] : [.. headers.Select(h => new KeyValuePair<string, byte[]?>(h.Key, h.GetValueBytes()))];
}
