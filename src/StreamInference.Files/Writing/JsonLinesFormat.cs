using System.Buffers;
using System.Text;
using System.Text.Json;
using StreamInference.Files.Reading;

namespace StreamInference.Files.Writing;

/// <summary>A line a result: its source, its key, then the result's own members as the model wrote them.</summary>
internal sealed class JsonLinesFormat(IReadOnlyList<string> files, bool hasKey, FileCompression compression, int chunkBytes) : IResultFormat
{
    private readonly byte[][] _starts = [.. files.Select(file => Encoding.UTF8.GetBytes($"{{\"{SourceColumns.File}\":\"{JsonEncodedText.Encode(file)}\",\"{SourceColumns.Row}\":"))];
    private readonly ArrayBufferWriter<byte> _text = new();

    public string? State => null;

    public bool IsFull(ResultChunk chunk) => chunk.ByteCount >= chunkBytes;

    public void Append(ResultChunk chunk, FileStream output)
    {
        _text.ResetWrittenCount();
        for (int index = 0; index < chunk.Count; index++) Write(chunk, index);
        TextOutput.Append(_text.WrittenSpan, compression, output);
    }

    public void AppendNothing(FileStream output) => TextOutput.Append([], compression, output);

    public byte[] ReadTail(FileStream output) => [];

    private void Write(ResultChunk chunk, int index)
    {
        _text.Write(_starts[chunk.File(index)]);
        _text.Append(chunk.RowNumber(index));
        if (hasKey)
        {
            _text.Write(",\"si_key\":"u8);
            if (chunk.HasKey(index)) JsonText.Write(_text, chunk.Key(index));
            else _text.Write("null"u8);
        }

        ReadOnlySpan<byte> value = chunk.Value(index);
        if (value.Length > 2 && value[0] == '{' && value[1] != '}')
        {
            _text.Append((byte)',');
            _text.Write(value[1..]);
        }
        else
        {
            // An encoder of the user's own may write something else than an object.
            _text.Write(",\"result\":"u8);
            _text.Write(value);
            _text.Append((byte)'}');
        }

        _text.Append((byte)'\n');
    }
}
