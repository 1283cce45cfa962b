using System.Text.Json;
using StreamInference.Records;

namespace StreamInference.Files.Reading;

/// <summary>Reads a field of rows as a text: a key, or what is a header elsewhere. One thread uses it.</summary>
internal sealed class FieldKey(JsonFieldPath path)
{
    private byte[] _text = new byte[64];

    /// <summary>Sets the keys of the block's rows; a row without the field, or that is no JSON, has none.</summary>
    public void Apply(RowBlock block)
    {
        for (int index = 0; index < block.Count; index++)
            if (block.Error(index) is null && TryFind(block.Value(index), out ReadOnlySpan<byte> key)) block.SetKey(index, key);
    }

    /// <summary>Finds the field in a row; false when there is none. What a text says, or how another value is written; valid until the next call.</summary>
    public bool TryFind(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> text)
    {
        text = default;
        Utf8JsonReader reader = new(json);
        try
        {
            return path.MoveTo(ref reader) && TryRead(ref reader, json, out text);
        }
        catch (JsonException)
        {
            // The model says what is wrong with the row.
            return false;
        }
    }

    private bool TryRead(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (reader.TokenType == JsonTokenType.Null) return false;
        if (reader.TokenType == JsonTokenType.String)
        {
            if (_text.Length < reader.ValueSpan.Length) _text = new byte[reader.ValueSpan.Length * 2];
            text = _text.AsSpan(0, reader.CopyString(_text));
            return true;
        }

        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        text = json[start..(int)reader.BytesConsumed];
        return true;
    }
}
