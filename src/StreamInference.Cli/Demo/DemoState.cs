using System.Collections.Concurrent;
using System.Text.Json;
using StreamInference.Kafka.Clients;

namespace StreamInference.Cli.Demo;

/// <summary>What the demo has seen so far. Written by the producer's, the reader's and the workers' threads, read by the view.</summary>
internal sealed class DemoState
{
    private const int ShownAlerts = 10;

    private readonly ConcurrentQueue<Alert> _alerts = new();
    private long _declined;
    private long _reviewed;
    private long _deadLetters;

    /// <summary>A transaction that the model declined.</summary>
    public sealed record Alert(DateTimeOffset Time, string Card, double Score, string Transaction);

    public OnceVerifier Verifier { get; } = new();

    public LatencyHistogram Latency { get; } = new();

    public long Declined => Interlocked.Read(ref _declined);

    public long Reviewed => Interlocked.Read(ref _reviewed);

    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    /// <summary>The latest alerts, the oldest first.</summary>
    public IReadOnlyCollection<Alert> Alerts => _alerts;

    /// <summary>A committed record of the output or the dead-letter topic.</summary>
    public void OnRecord(TopicRecord record)
    {
        Verifier.Answer(record.Header("si-source"));
        if (record.Header("si-error") is not null) Interlocked.Increment(ref _deadLetters);
        else if (record.Value is not null) OnScore(record);
    }

    private void OnScore(TopicRecord record)
    {
        using JsonDocument document = JsonDocument.Parse(record.Value!);
        JsonElement score = document.RootElement;
        string? decision = score.TryGetProperty("decision", out JsonElement found) ? found.GetString() : null;
        if (decision == "review") Interlocked.Increment(ref _reviewed);
        if (decision != "decline") return;
        Interlocked.Increment(ref _declined);
        _alerts.Enqueue(new Alert(
            DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, record.Timestamp)),
            record.Key is null ? "" : System.Text.Encoding.UTF8.GetString(record.Key),
            score.GetProperty("score").GetDouble(),
            score.TryGetProperty("transaction_id", out JsonElement id) ? id.ToString() : ""));
        while (_alerts.Count > ShownAlerts) _alerts.TryDequeue(out _);
    }
}
