using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamInference.Kafka.Clients;

namespace StreamInference.Cli.Tailing;

/// <summary>Writes records, one a line: for people, or as JSON. Values that are no UTF-8 are shown in base64.</summary>
internal sealed class RecordPrinter(TextWriter output, bool asJson, bool withHeaders)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _line = new(4096);

    public void Print(TopicRecord record)
    {
        if (asJson) PrintJson(record);
        else PrintText(record);
    }

    private void PrintJson(TopicRecord record)
    {
        _line.ResetWrittenCount();
        using (Utf8JsonWriter json = new(_line, Options))
        {
            json.WriteStartObject();
            json.WriteString("topic", record.Topic);
            json.WriteNumber("partition", record.Partition);
            json.WriteNumber("offset", record.Offset);
            json.WriteNumber("timestamp", record.Timestamp);
            WriteBytes(json, "key", record.Key, embedJson: false);
            json.WriteStartObject("headers");
            foreach ((string name, byte[]? value) in record.Headers) WriteBytes(json, name, value, embedJson: false);
            json.WriteEndObject();
            WriteBytes(json, "value", record.Value, embedJson: true);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(_line.WrittenSpan));
    }

    // A value that is JSON stands as it is, so that jq reaches into it; "value_base64" says that a value is no text.
    private static void WriteBytes(Utf8JsonWriter json, string name, byte[]? value, bool embedJson)
    {
        if (value is null) json.WriteNull(name);
        else if (embedJson && IsJsonObject(value)) WriteRaw(json, name, value);
        else if (TextOf(value) is { } text) json.WriteString(name, text);
        else json.WriteBase64String(name + "_base64", value);
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, byte[] value)
    {
        json.WritePropertyName(name);
        using JsonDocument document = JsonDocument.Parse(value);
        // Written anew: raw bytes may hold line ends.
        document.RootElement.WriteTo(json);
    }

    private static bool IsJsonObject(byte[] value)
    {
        if (value.AsSpan().TrimStart(" \t\r\n"u8) is not [(byte)'{', ..]) return false;
        try
        {
            Utf8JsonReader reader = new(value);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void PrintText(TopicRecord record)
    {
        string time = record.Timestamp < 0 ? "-" : DateTimeOffset.FromUnixTimeMilliseconds(record.Timestamp).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        output.Write($"{record.Topic}/{record.Partition}/{record.Offset} {time} {Show(record.Key)}");
        if (withHeaders)
            foreach ((string name, byte[]? value) in record.Headers) output.Write($" {name}={Show(value)}");
        output.WriteLine($" {Show(record.Value)}");
    }

    private static string Show(byte[]? bytes) =>
        bytes is null ? "null" : TextOf(bytes) is { } text ? OneLine(text) : "base64:" + Convert.ToBase64String(bytes);

    // Control characters of a record must not drive the reader's terminal.
    private static string OneLine(string text)
    {
        if (!text.Any(char.IsControl)) return text;
        StringBuilder safe = new(text.Length);
        foreach (char c in text) safe.Append(char.IsControl(c) ? ' ' : c);
        return safe.ToString();
    }

    private static string? TextOf(byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
