using System.Text;
using System.Text.Json;
using StreamInference.Records;

namespace StreamInference.Cli.Producing;

/// <summary>A record for each line of a text; empty lines are passed over.</summary>
/// <param name="lines">The text.</param>
/// <param name="keyPointer">A JSON pointer into the line for the key; null for no key.</param>
internal sealed class LineFeed(TextReader lines, string? keyPointer) : IRecordFeed
{
    private readonly JsonFieldPath? _keyPath = keyPointer is null ? null : JsonFieldPath.Parse(keyPointer);

    public bool TryNext(out FeedRecord record)
    {
        record = default;
        string? line;
        do
        {
            line = lines.ReadLine();
            if (line is null) return false;
        }
        while (line.Length == 0);

        byte[] value = Encoding.UTF8.GetBytes(line);
        record = new FeedRecord(KeyOf(value), value);
        return true;
    }

    // A line that is no JSON is produced all the same: bad input is for the pipeline to answer.
    private byte[]? KeyOf(byte[] value)
    {
        if (_keyPath is null) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(value);
            return _keyPath.Find(document.RootElement) is { } field
                ? Encoding.UTF8.GetBytes(field.ValueKind == JsonValueKind.String ? field.GetString()! : field.GetRawText())
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
