using System.Text.Json;

namespace StreamInference.Files.Writing;

/// <summary>What a column holds.</summary>
internal enum ColumnKind
{
    /// <summary>Whole numbers.</summary>
    Integer,

    /// <summary>Numbers.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Texts.</summary>
    Text,

    /// <summary>Values of more than one kind, or arrays: JSON.</summary>
    Json,
}

/// <summary>A column of a result table.</summary>
/// <param name="Name">The members on the way to the value, joined by dots.</param>
/// <param name="Kind">What it holds.</param>
internal sealed record ResultColumn(string Name, ColumnKind Kind);

/// <summary>
/// Results as a table. The columns are those of the first chunk of results, so they depend on nothing else; a member that comes later, or is of
/// another kind then, goes into the column <c>si_extra</c>.
/// </summary>
internal sealed class ResultColumns
{
    private readonly Dictionary<string, int> _places;

    private ResultColumns(IReadOnlyList<ResultColumn> columns)
    {
        Columns = columns;
        _places = columns.Select((column, index) => (column.Name, index)).ToDictionary(item => item.Name, item => item.index, StringComparer.Ordinal);
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<ResultColumn> Columns { get; }

    /// <summary>The columns that a chunk's results have.</summary>
    public static ResultColumns Of(ResultChunk chunk)
    {
        OrderedDictionary<string, ColumnKind?> kinds = new(StringComparer.Ordinal);
        for (int index = 0; index < chunk.Count; index++)
        {
            using JsonDocument result = Parse(chunk, index);
            foreach ((string name, JsonElement value) in Members(result.RootElement, ""))
            {
                ColumnKind? kind = KindOf(value);
                if (!kinds.TryGetValue(name, out ColumnKind? known)) kinds.Add(name, kind);
                else kinds[name] = Widest(known, kind);
            }
        }

        foreach (string reserved in new[] { SourceColumns.File, SourceColumns.Row, SourceColumns.Key, SourceColumns.Extra }) kinds.Remove(reserved);
        return new ResultColumns([.. kinds.Select(member => new ResultColumn(member.Key, member.Value ?? ColumnKind.Text))]);
    }

    /// <summary>The columns of an earlier run.</summary>
    public static ResultColumns Restore(string state) => new(JsonSerializer.Deserialize<ResultColumn[]>(state)!);

    /// <summary>What <see cref="Restore"/> takes.</summary>
    public string Save() => JsonSerializer.Serialize(Columns);

    /// <summary>Calls <paramref name="set"/> with the column and the value of each member of a result; what fits none is returned as JSON.</summary>
    public string? Place(ResultChunk chunk, int index, Action<int, JsonElement> set)
    {
        using JsonDocument result = Parse(chunk, index);
        Dictionary<string, JsonElement>? extra = null;
        foreach ((string name, JsonElement value) in Members(result.RootElement, ""))
        {
            if (value.ValueKind == JsonValueKind.Null) continue;
            if (_places.TryGetValue(name, out int column) && Fits(Columns[column].Kind, value)) set(column, value);
            else (extra ??= []).Add(name, value);
        }

        return extra is null ? null : JsonSerializer.Serialize(extra);
    }

    private static JsonDocument Parse(ResultChunk chunk, int index)
    {
        Utf8JsonReader reader = new(chunk.Value(index));
        return JsonDocument.ParseValue(ref reader);
    }

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement value, string prefix)
    {
        if (value.ValueKind != JsonValueKind.Object) return [(prefix.Length == 0 ? "result" : prefix, value)];
        return value.EnumerateObject().SelectMany(member => Members(member.Value, prefix.Length == 0 ? member.Name : $"{prefix}.{member.Name}"));
    }

    private static ColumnKind? KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => value.TryGetInt64(out _) && !IsWrittenAsFraction(value) ? ColumnKind.Integer : ColumnKind.Number,
        JsonValueKind.True or JsonValueKind.False => ColumnKind.Boolean,
        JsonValueKind.String => ColumnKind.Text,
        _ => ColumnKind.Json,
    };

    // A score that happens to be 0 or 1 in every row of a chunk is still told by how others are written; alone it reads as a whole number.
    private static bool IsWrittenAsFraction(JsonElement value) => value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') >= 0;

    private static ColumnKind? Widest(ColumnKind? one, ColumnKind? other)
    {
        if (one is null || other is null || one == other) return one ?? other;
        return one is ColumnKind.Integer or ColumnKind.Number && other is ColumnKind.Integer or ColumnKind.Number ? ColumnKind.Number : ColumnKind.Json;
    }

    private static bool Fits(ColumnKind column, JsonElement value) => column switch
    {
        ColumnKind.Json => true,
        ColumnKind.Number => value.ValueKind == JsonValueKind.Number,
        _ => KindOf(value) == column,
    };
}
