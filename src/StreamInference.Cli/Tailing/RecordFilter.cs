using System.Text;
using System.Text.Json;
using StreamInference.Kafka.Clients;

namespace StreamInference.Cli.Tailing;

/// <summary>Which records are shown: all conditions must hold.</summary>
internal sealed class RecordFilter(string? key, IReadOnlyList<string> fields, IReadOnlyList<string> headers)
{
    private readonly byte[]? _key = key is null ? null : Encoding.UTF8.GetBytes(key);
    private readonly FieldFilter[] _fields = [.. fields.Select(f => FieldFilter.Parse(f)!)];
    private readonly string[][] _headers = [.. headers.Select(h => h.Split('=', 2))];

    public bool Accepts(TopicRecord record)
    {
        if (_key is not null && !(record.Key is { } own && own.AsSpan().SequenceEqual(_key))) return false;
        foreach (string[] header in _headers)
        {
            string? value = record.Header(header[0]);
            if (value is null || (header.Length > 1 && value != header[1])) return false;
        }

        return _fields.Length == 0 || AcceptsFields(record.Value);
    }

    private bool AcceptsFields(byte[]? value)
    {
        if (value is null) return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(value);
            return Array.TrueForAll(_fields, field => field.Accepts(document.RootElement));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
