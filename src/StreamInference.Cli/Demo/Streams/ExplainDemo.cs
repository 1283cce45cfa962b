using System.Collections.Concurrent;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamInference.Cli.Tailing;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Records;
using StreamInference.Simulation;

namespace StreamInference.Cli.Demo.Streams;

/// <summary>
/// Explanations of the declined transactions: the scores of the fraud stream are the input, so nothing is produced here. Each declined score must have
/// exactly one finished answer, and what it says is compared with what the simulator's own rules say of the transaction.
/// </summary>
internal sealed class ExplainDemo(PipelineConfig pipeline) : DemoStream(Folder, pipeline)
{
    /// <summary>The stream's folder below <c>topics</c>.</summary>
    public const string Folder = "explain";

    private const int Shown = 4;

    private readonly FieldCondition[] _where = [.. (pipeline.Input.Where ?? []).Select(FieldCondition.Parse)];
    private readonly TextStreams _answers = new();

    // Owned by the reading thread: what one of the two topics has told already, by transaction.
    private readonly Dictionary<string, string> _expected = [];
    private readonly Dictionary<string, string> _told = [];
    private readonly ConcurrentQueue<TextStream> _latest = new();
    private long _asTheRules;
    private long _otherwise;
    private long _tokens;

    public override string Title => "declined scores → explanations, token by token, exactly once";

    public override string Records => "declined scores";

    public override long Scored => Verifier.Answered - DeadLetters;

    public override string ScoredName => "explained";

    public override TimeSpan UntilNext => TimeSpan.MaxValue;

    public override IReadOnlyDictionary<string, long> Findings => new Dictionary<string, long>
    {
        ["as_the_rules"] = Interlocked.Read(ref _asTheRules),
        ["otherwise"] = Interlocked.Read(ref _otherwise),
        ["tokens"] = Interlocked.Read(ref _tokens),
    };

    public override IEnumerable<IRenderable> Latest => _latest.Reverse().Select(answer =>
        new Markup($"[yellow]{Markup.Escape(answer.Id)}[/] {Markup.Escape(answer.Text)}{(answer.FinishReason is null ? "[yellow]▌[/]" : "")}"));

    public override void Produce(RecordProducer producer)
    {
    }

    /// <inheritdoc/>
    public override void OnInput(TopicRecord record)
    {
        if (record.Value is null || !Array.TrueForAll(_where, condition => condition.Evaluate(record.Value) == ConditionOutcome.Holds)) return;
        Verifier.Expect(record.Topic, record.Partition, record.Offset);
        using JsonDocument document = JsonDocument.Parse(record.Value);
        string transaction = document.RootElement.GetProperty("transaction_id").GetString()!;
        Match(transaction, string.Join(' ', TransactionExplanation.Sentences(document.RootElement)), _expected, _told);
    }

    // An answer has many records; the last one, or a dead letter, is the answer to the score.
    protected override bool IsAnswer(TopicRecord record) => record.Header("si-final") == "true" || record.Header("si-error") is not null;

    protected override void OnResult(TopicRecord record, byte[] value)
    {
        if (_answers.Take(record) is not var (answer, _)) return;
        if (!_latest.Contains(answer)) _latest.Enqueue(answer);
        while (_latest.Count > Shown) _latest.TryDequeue(out _);
        if (answer.FinishReason is null) return;
        Interlocked.Add(ref _tokens, answer.Tokens);
        Match(answer.Id, answer.Text, _told, _expected);
    }

    /// <summary>Either topic may be read first.</summary>
    private void Match(string transaction, string text, Dictionary<string, string> own, Dictionary<string, string> others)
    {
        if (others.Remove(transaction, out string? other)) Interlocked.Increment(ref other == text ? ref _asTheRules : ref _otherwise);
        else own[transaction] = text;
    }
}
