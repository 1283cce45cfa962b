using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamInference.Replay.Reports;

/// <summary>A report as JSON: snake case, durations as <c>hh:mm:ss.fffffff</c>.</summary>
public static class ReplayReportJson
{
    private static readonly ReportContext Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Writes a report.</summary>
    public static string Write(ReplayReport report) => JsonSerializer.Serialize(report, Context.ReplayReport);

    /// <summary>Reads a report back.</summary>
    /// <exception cref="JsonException">The text is not a report.</exception>
    public static ReplayReport Read(string json) =>
        JsonSerializer.Deserialize(json, Context.ReplayReport) ?? throw new JsonException("A report is an object, not null.");
}

[JsonSerializable(typeof(ReplayReport))]
internal sealed partial class ReportContext : JsonSerializerContext;
