using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console.Rendering;
using StreamInference.Cli.Producing;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;

namespace StreamInference.Cli.Demo.Streams;

/// <summary>Simulated card transactions and their fraud scores.</summary>
internal sealed class FraudDemo(PipelineConfig pipeline, double rate, double badFraction, ulong seed) : DemoStream(Folder, pipeline)
{
    /// <summary>The stream's folder below <c>topics</c>.</summary>
    public const string Folder = "fraud";

    private const int Burst = 500;

    private readonly SimulatorFeed _feed = new(seed, badFraction);
    private RatePacer? _pacer;
    private readonly LatestFindings _alerts = new(10);
    private long _declined;
    private long _reviewed;

    // Time counts from the first record on, not from the loading of the model.
    private RatePacer Pacer => _pacer ??= new RatePacer(rate, TimeProvider.System);

    public override string Title => "card transactions → fraud scores, exactly once";

    public override string Records => "transactions";

    public override TimeSpan UntilNext => Pacer.UntilNext();

    public override IReadOnlyDictionary<string, long> Findings => new Dictionary<string, long>
    {
        ["declined"] = Interlocked.Read(ref _declined),
        ["review"] = Interlocked.Read(ref _reviewed),
    };

    public override IEnumerable<IRenderable> Latest => _alerts.Lines;

    public override void Produce(RecordProducer producer)
    {
        for (int due = Pacer.Take(Burst); due > 0; due--)
        {
            _feed.TryNext(out FeedRecord record);
            producer.Produce(Pipeline.Input.Topic, record.Key, record.Value);
        }
    }

    protected override void OnResult(TopicRecord record, byte[] value)
    {
        using JsonDocument document = JsonDocument.Parse(value);
        JsonElement score = document.RootElement;
        string? decision = score.TryGetProperty("decision", out JsonElement found) ? found.GetString() : null;
        if (decision == "review") Interlocked.Increment(ref _reviewed);
        if (decision != "decline") return;
        Interlocked.Increment(ref _declined);
        string card = record.Key is null ? "" : Encoding.UTF8.GetString(record.Key);
        string transaction = score.TryGetProperty("transaction_id", out JsonElement id) ? id.ToString() : "";
        _alerts.Add("ALERT", record, string.Create(CultureInfo.InvariantCulture, $"{card} score {score.GetProperty("score").GetDouble():0.000} transaction {transaction}"));
    }
}
