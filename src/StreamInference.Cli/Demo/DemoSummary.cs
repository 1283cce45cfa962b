using System.Globalization;
using System.Text.Json;

namespace StreamInference.Cli.Demo;

/// <summary>What a demo run ends with.</summary>
internal sealed record DemoSummary
{
    public required double Seconds { get; init; }

    public required long Produced { get; init; }

    public required long Scored { get; init; }

    public required long DeadLetters { get; init; }

    public required long Missing { get; init; }

    public required long Repeated { get; init; }

    public required long Unknown { get; init; }

    public required long ProduceFailures { get; init; }

    public required double RecordsPerSecond { get; init; }

    public required double P50Ms { get; init; }

    public required double P95Ms { get; init; }

    public required double P99Ms { get; init; }

    public required long Declined { get; init; }

    public required long Review { get; init; }

    /// <summary>Whether each record had exactly one answer.</summary>
    public bool IsExactlyOnce => Missing == 0 && Repeated == 0 && Unknown == 0 && ProduceFailures == 0;

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static DemoSummary Of(DemoSession session)
    {
        OnceVerifier verifier = session.State.Verifier;
        double seconds = session.Elapsed.TotalSeconds;
        return new DemoSummary
        {
            Seconds = Math.Round(seconds, 3),
            Produced = verifier.Expected,
            Scored = session.Metrics.Produced,
            DeadLetters = session.State.DeadLetters,
            Missing = verifier.Missing,
            Repeated = verifier.Repeated,
            Unknown = verifier.Unknown,
            ProduceFailures = session.ProduceFailures,
            RecordsPerSecond = Math.Round(verifier.Answered / Math.Max(seconds, 0.001), 1),
            P50Ms = Math.Round(session.State.Latency.Quantile(0.5) * 1000, 2),
            P95Ms = Math.Round(session.State.Latency.Quantile(0.95) * 1000, 2),
            P99Ms = Math.Round(session.State.Latency.Quantile(0.99) * 1000, 2),
            Declined = session.State.Declined,
            Review = session.State.Reviewed,
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {Produced:N0} transactions in {Seconds:0.0} s ({RecordsPerSecond:N0}/s): {Scored:N0} scored, {DeadLetters:N0} dead letters; {Declined:N0} declined, {Review:N0} for review
        end to end: P50 {P50Ms:0.0} ms, P95 {P95Ms:0.0} ms, P99 {P99Ms:0.0} ms
        {(IsExactlyOnce ? "exactly once: every transaction has one answer, none is missing, none repeated" : $"NOT exactly once: {Missing:N0} missing, {Repeated:N0} repeated, {Unknown:N0} unknown, {ProduceFailures:N0} not produced")}
        """);
}
