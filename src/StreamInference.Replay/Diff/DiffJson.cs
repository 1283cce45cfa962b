using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamInference.Replay.Diff;

/// <summary>Differences and reports as JSON: snake case.</summary>
public static class DiffJson
{
    private static readonly DiffContext Compact = new(Options(indented: false));
    private static readonly DiffContext Indented = new(Options(indented: true));

    /// <summary>The value of a record of the diff (<c>topics/diff.schema.json</c>).</summary>
    public static byte[] Write(DiffRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, Compact.DiffRecord);

    /// <summary>A report as one line.</summary>
    public static byte[] WriteSummary(DiffReport report) => JsonSerializer.SerializeToUtf8Bytes(report, Compact.DiffReport);

    /// <summary>A report for people and programs.</summary>
    public static string Write(DiffReport report) => JsonSerializer.Serialize(report, Indented.DiffReport);

    private static JsonSerializerOptions Options(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<DiffKind>(JsonNamingPolicy.SnakeCaseLower) },
    };
}

[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(DiffRecord))]
internal sealed partial class DiffContext : JsonSerializerContext;
