using System.Text.Json;

namespace StreamInference.Files.Reading;

/// <summary>Finds the key of a row: a field of its JSON value, by JSON pointer (RFC 6901).</summary>
internal sealed class FieldKey
{
    private readonly string[] _path;
    private byte[] _text = new byte[256];

    /// <exception cref="ArgumentException">The pointer does not start with a slash.</exception>
    public FieldKey(string pointer)
    {
        if (!pointer.StartsWith('/')) throw new ArgumentException($"\"{pointer}\" is no JSON pointer: it starts with a slash", nameof(pointer));
        _path = [.. RowPlan.PathOf(pointer)];
    }

    /// <summary>Sets the keys of the block's rows; a row without the field, or that is no JSON, has none.</summary>
    public void Apply(RowBlock block)
    {
        for (int index = 0; index < block.Count; index++)
            if (block.Error(index) is null && TryFind(block.Value(index), out ReadOnlySpan<byte> key)) block.SetKey(index, key);
    }

    private bool TryFind(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> key)
    {
        key = default;
        Utf8JsonReader reader = new(json);
        try
        {
            return reader.Read() && Descend(ref reader, 0) && Text(ref reader, json, out key);
        }
        catch (JsonException)
        {
            // The model says what is wrong with the row.
            return false;
        }
    }

    private bool Descend(scoped ref Utf8JsonReader reader, int depth)
    {
        if (depth == _path.Length) return true;
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(_path[depth]);
            reader.Read();
            if (isIt) return Descend(ref reader, depth + 1);
            reader.Skip();
        }

        return false;
    }

    private bool Text(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, out ReadOnlySpan<byte> key)
    {
        key = default;
        if (reader.TokenType == JsonTokenType.Null) return false;
        if (reader.TokenType == JsonTokenType.String)
        {
            if (_text.Length < reader.ValueSpan.Length) _text = new byte[reader.ValueSpan.Length * 2];
            key = _text.AsSpan(0, reader.CopyString(_text));
            return true;
        }

        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        key = json[start..(int)reader.BytesConsumed];
        return true;
    }
}
