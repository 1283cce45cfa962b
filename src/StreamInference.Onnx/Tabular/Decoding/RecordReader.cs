using System.Text.Json;
using StreamInference.Records;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// The careful way through a record, on <see cref="Utf8JsonReader"/>: notes where each field stands, the last one where a name comes twice, then
/// writes them and names the first thing that is wrong. Owned by the model's loop.
/// </summary>
internal sealed class RecordReader(RecordLayout layout, RowWriter writer)
{
    private readonly Token[] _tokens = new Token[layout.Fields.Length];
    private byte[] _unescaped = new byte[256];

    /// <summary>Decodes a record into row <paramref name="row"/>.</summary>
    /// <returns>Null when it worked.</returns>
    internal RecordError? Read(ReadOnlySpan<byte> json, int row)
    {
        Array.Clear(_tokens);
        Utf8JsonReader reader = new(json);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return NoObject(ref reader);
            ReadObject(layout.Root, ref reader);
            // Anything but space after the record makes this throw.
            reader.Read();
            return WriteAll(json, row);
        }
        catch (JsonException exception)
        {
            return new RecordError(RecordErrorCodes.MalformedJson, $"The value is not JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }
    }

    private RecordError? WriteAll(ReadOnlySpan<byte> json, int row)
    {
        for (int field = 0; field < _tokens.Length; field++)
        {
            FeatureOutcome outcome = Write(field, json, row);
            if (outcome != FeatureOutcome.Ok) return Explain(field, outcome);
        }

        return null;
    }

    private static RecordError NoObject(ref Utf8JsonReader reader)
    {
        // A value that is not an object must still be JSON to be one of the wrong type.
        JsonTokenType found = reader.TokenType;
        reader.TrySkip();
        reader.Read();
        return new RecordError(RecordErrorCodes.WrongType, $"The value must be a JSON object, and it is {NameOf(found)}.");
    }

    private void ReadObject(FieldNode node, ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            FieldNode? child = reader.ValueIsEscaped ? node.Child(Unescape(ref reader)) : node.Child(reader.ValueSpan);
            reader.Read();
            ReadMember(child, ref reader);
        }
    }

    private void ReadArray(FieldNode node, ref Utf8JsonReader reader)
    {
        for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++) ReadMember(node.Child(index), ref reader);
    }

    private void ReadMember(FieldNode? child, ref Utf8JsonReader reader)
    {
        if (child is null)
        {
            reader.Skip();
            return;
        }

        Forget(child);
        long start = reader.TokenStartIndex;
        JsonTokenType type = reader.TokenType;
        bool escaped = type == JsonTokenType.String && reader.ValueIsEscaped;
        if (type == JsonTokenType.StartObject && child.HasChildren) ReadObject(child, ref reader);
        else if (type == JsonTokenType.StartArray && child.HasChildren) ReadArray(child, ref reader);
        else reader.Skip();
        if (child.Field >= 0) _tokens[child.Field] = new Token(type, (int)start, (int)(reader.BytesConsumed - start), escaped);
    }

    // Where a name comes twice, nothing of the first value counts, nor anything below it.
    private void Forget(FieldNode node)
    {
        if (node.Field >= 0) _tokens[node.Field] = default;
        foreach (FieldNode child in node.Children) Forget(child);
    }

    private FeatureOutcome Write(int field, ReadOnlySpan<byte> json, int row)
    {
        Token token = _tokens[field];
        writer.SetSpan(field, row, token.Start, token.Length);
        switch (token.Type)
        {
            case JsonTokenType.None or JsonTokenType.Null: return writer.SetMissing(field, row);
            case JsonTokenType.True: return writer.Set(field, row, true);
            case JsonTokenType.False: return writer.Set(field, row, false);
            case JsonTokenType.Number: return WriteNumber(field, json.Slice(token.Start, token.Length), row);
            case JsonTokenType.String when !writer.IsRead(field): return FeatureOutcome.Ok;
            case JsonTokenType.String: return writer.Set(field, row, TextOf(token, json.Slice(token.Start, token.Length)));
            default: return writer.IsRead(field) ? FeatureOutcome.WrongType : FeatureOutcome.Ok;
        }
    }

    private unsafe FeatureOutcome WriteNumber(int field, ReadOnlySpan<byte> text, int row)
    {
        fixed (byte* start = text)
        {
            JsonNumber.Scan(start, start + text.Length, out JsonNumber number);
            return writer.Set(field, row, number);
        }
    }

    private ReadOnlySpan<byte> TextOf(Token token, ReadOnlySpan<byte> quoted)
    {
        if (!token.Escaped) return quoted[1..^1];
        Utf8JsonReader reader = new(quoted);
        reader.Read();
        return Unescape(ref reader);
    }

    private ReadOnlySpan<byte> Unescape(scoped ref Utf8JsonReader reader)
    {
        if (_unescaped.Length < reader.ValueSpan.Length) _unescaped = new byte[reader.ValueSpan.Length * 2];
        try
        {
            return _unescaped.AsSpan(0, reader.CopyString(_unescaped));
        }
        catch (InvalidOperationException exception)
        {
            // Half a surrogate pair: well-formed JSON, but no text.
            throw new JsonException("The text is not Unicode.", null, 0, 0, exception);
        }
    }

    private RecordError Explain(int field, FeatureOutcome outcome)
    {
        string pointer = layout.Fields[field];
        string found = NameOf(_tokens[field].Type);
        return outcome switch
        {
            FeatureOutcome.Missing => new(RecordErrorCodes.MissingField, $"{pointer} is {(_tokens[field].Type == JsonTokenType.Null ? "null" : "missing")}."),
            FeatureOutcome.NotFinite => new(RecordErrorCodes.NotFinite, $"{pointer} does not fit the model's number type."),
            FeatureOutcome.NotWhole => new(RecordErrorCodes.WrongType, $"{pointer} must be a whole number in the model's range."),
            FeatureOutcome.UnknownCategory => new(RecordErrorCodes.UnknownCategory, $"{pointer} is none of the values that the model knows."),
            _ => new(RecordErrorCodes.WrongType, $"{pointer} must be {writer.ExpectedOf(field)}, and it is {found}."),
        };
    }

    private static string NameOf(JsonTokenType type) => type switch
    {
        JsonTokenType.Number => "a number",
        JsonTokenType.String => "a text",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        _ => "null",
    };

    private readonly record struct Token(JsonTokenType Type, int Start, int Length, bool Escaped);
}
