using System.Text;
using StreamInference.Kafka.Clients;
using StreamInference.Records;

namespace StreamInference.Cli.Tailing;

/// <summary>Which records are shown: all conditions must hold.</summary>
internal sealed class RecordFilter(string? key, IReadOnlyList<string> fields, IReadOnlyList<string> headers)
{
    private readonly byte[]? _key = key is null ? null : Encoding.UTF8.GetBytes(key);
    private readonly FieldCondition[] _fields = [.. fields.Select(FieldCondition.Parse)];
    private readonly string[][] _headers = [.. headers.Select(h => h.Split('=', 2))];

    public bool Accepts(TopicRecord record)
    {
        if (_key is not null && !(record.Key is { } own && own.AsSpan().SequenceEqual(_key))) return false;
        foreach (string[] header in _headers)
        {
            string? value = record.Header(header[0]);
            if (value is null || (header.Length > 1 && value != header[1])) return false;
        }

        return Array.TrueForAll(_fields, field => field.Evaluate(record.Value) == ConditionOutcome.Holds);
    }
}
