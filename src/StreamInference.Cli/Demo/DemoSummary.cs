using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamInference.Cli.Demo.Streams;

namespace StreamInference.Cli.Demo;

/// <summary>What a demo run ends with.</summary>
internal sealed record DemoSummary
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required double Seconds { get; init; }

    public required long ProduceFailures { get; init; }

    /// <summary>By the streams' names.</summary>
    public required IReadOnlyDictionary<string, StreamSummary> Streams { get; init; }

    /// <summary>Whether each record of each stream had exactly one answer.</summary>
    public bool IsExactlyOnce => ProduceFailures == 0 && Streams.Values.All(stream => stream.IsExactlyOnce);

    public static DemoSummary Of(DemoSession session) => new()
    {
        Seconds = Math.Round(session.Elapsed.TotalSeconds, 3),
        ProduceFailures = session.ProduceFailures,
        Streams = session.Streams.ToDictionary(stream => stream.Name, stream => StreamSummary.Of(stream, session.Elapsed.TotalSeconds)),
    };

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    public string ToText()
    {
        StringBuilder text = new();
        foreach (StreamSummary stream in Streams.Values) text.AppendLine(stream.ToText(Seconds));
        text.Append(IsExactlyOnce
            ? "exactly once: every record has one answer, none is missing, none repeated"
            : string.Create(CultureInfo.InvariantCulture, $"NOT exactly once: {Streams.Values.Sum(s => s.Missing):N0} missing, {Streams.Values.Sum(s => s.Repeated):N0} repeated, {Streams.Values.Sum(s => s.Unknown):N0} unknown, {ProduceFailures:N0} not produced"));
        return text.ToString();
    }
}

/// <summary>What one stream of a demo run ends with.</summary>
internal sealed record StreamSummary
{
    /// <summary>What a record is called, in the plural.</summary>
    public required string Records { get; init; }

    /// <summary>What was done to those that have a result.</summary>
    public required string ScoredName { get; init; }

    public required long Produced { get; init; }

    public required long Scored { get; init; }

    public required long DeadLetters { get; init; }

    public required long Missing { get; init; }

    public required long Repeated { get; init; }

    public required long Unknown { get; init; }

    public required double RecordsPerSecond { get; init; }

    public required double P50Ms { get; init; }

    public required double P95Ms { get; init; }

    public required double P99Ms { get; init; }

    /// <summary>What the results were, by name.</summary>
    public required IReadOnlyDictionary<string, long> Findings { get; init; }

    /// <summary>Whether each record had exactly one answer.</summary>
    public bool IsExactlyOnce => Missing == 0 && Repeated == 0 && Unknown == 0;

    public static StreamSummary Of(DemoStream stream, double seconds) => new()
    {
        Records = stream.Records,
        Produced = stream.Verifier.Expected,
        ScoredName = stream.ScoredName,
        Scored = stream.Scored,
        DeadLetters = stream.DeadLetters,
        Missing = stream.Verifier.Missing,
        Repeated = stream.Verifier.Repeated,
        Unknown = stream.Verifier.Unknown,
        RecordsPerSecond = Math.Round(stream.Verifier.Answered / Math.Max(seconds, 0.001), 1),
        P50Ms = Milliseconds(stream, 0.5),
        P95Ms = Milliseconds(stream, 0.95),
        P99Ms = Milliseconds(stream, 0.99),
        Findings = stream.Findings,
    };

    public string ToText(double seconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {Produced:N0} {Records} in {seconds:0.0} s ({RecordsPerSecond:N0}/s): {Scored:N0} {ScoredName}, {DeadLetters:N0} dead letters{string.Concat(Findings.Select(found => $", {found.Value:N0} {found.Key}"))}
          end to end: P50 {P50Ms:0.0} ms, P95 {P95Ms:0.0} ms, P99 {P99Ms:0.0} ms
        """);

    private static double Milliseconds(DemoStream stream, double quantile) => Math.Round(stream.Latency.Quantile(quantile) * 1000, 2);
}
