using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using StreamInference.Files.Reading;
using StreamInference.Records;

namespace StreamInference.Files.Writing;

/// <summary>Rows without a result, as JSON Lines beside the results: where each stands, why it failed, and its bytes.</summary>
internal sealed class DeadLetterFile : IDisposable
{
    private readonly IReadOnlyList<string> _files;
    private readonly FileStream _output;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;

    public DeadLetterFile(IReadOnlyList<string> files, FileStream output)
    {
        _files = files;
        _output = output;
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>The length up to which it is written.</summary>
    public long Length => _output.Length;

    public void Write(RowBlock block, int index, RecordError error)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString(SourceColumns.File, _files[block.File]);
        _json.WriteNumber(SourceColumns.Row, block.FirstRow + index);
        _json.WriteNumber("si_line", block.Line(index));
        if (block.HasKey(index)) _json.WriteString(SourceColumns.Key, block.Key(index));
        _json.WriteString("si_error", error.Code);
        _json.WriteString("si_error_detail", error.Detail);
        WriteValue(block.Value(index));
        _json.WriteEndObject();
        _json.Flush();
        _output.Write(_line.WrittenSpan);
        _output.WriteByte((byte)'\n');
    }

    public void Flush() => _output.Flush(flushToDisk: true);

    public void Dispose()
    {
        _json.Dispose();
        _output.Dispose();
    }

    private void WriteValue(ReadOnlySpan<byte> value)
    {
        if (Utf8.IsValid(value)) _json.WriteString("value", value);
        else _json.WriteBase64String("value_base64", value);
    }
}
