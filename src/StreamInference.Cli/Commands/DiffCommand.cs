using System.CommandLine;
using StreamInference.Cli.Diffing;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Kafka.Settings;
using StreamInference.Replay.Diff;
using StreamInference.Replay.Reports;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer diff</c>: two sets of results of the same input, compared record by record.</summary>
internal static class DiffCommand
{
    private static readonly Argument<string> Live = new("live") { Description = "What is live: a result topic, or a file of results." };

    private static readonly Argument<string> Candidate = new("candidate") { Description = "What is judged: a result topic, or a file of results." };

    private static readonly Option<string[]> LiveDeadLetters = new("--live-dead-letters") { Description = "The topic of live dead letters.", HelpName = "topic" };

    private static readonly Option<string[]> CandidateDeadLetters = new("--candidate-dead-letters") { Description = "The topic of the candidate's dead letters.", HelpName = "topic" };

    private static readonly Option<string[]> Input = new("--input")
    {
        Description = "The input topic or file, where segments come from and by which records that nobody answers are found.",
        HelpName = "topic|file",
    };

    private static readonly Option<string?> Report = DiffOptions.Report();

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "diff",
            "Compares a candidate's results with the live ones of the same input records (by si-source): agreement, score shift, every flipped decision. Ends with 1 beyond the limits of diff.yaml.",
            ("streaminfer diff fraud.scores fraud.scores.candidate --diff diff.yaml --report diff.html", "two topics"),
            ("streaminfer diff live.parquet candidate.parquet --input history.parquet --diff diff.yaml", "two files of streaminfer score, split by fields of their input"))
        {
            Live, Candidate, LiveDeadLetters, CandidateDeadLetters, Input, DiffOptions.Config, DiffOptions.Topic, Report,
        };
        ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(context, parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        using ResultDiff diff = new(DiffOptions.Load(parsed));
        string live = parsed.GetRequiredValue(Live), candidate = parsed.GetRequiredValue(Candidate);
        if (IsFile(live) != IsFile(candidate)) throw new InvalidConfigurationException("diff", [new ConfigError("candidate", "a topic and a file do not name their input records alike: compare two of a kind")]);
        KafkaSettings settings = ClientOptions.Settings(context, parsed);
        Func<int, long, string> nameOf = IsFile(live) ? LoadFiles(diff, parsed, live, candidate) : LoadTopics(diff, parsed, settings, live, candidate, cancellation);
        using DiffTopic? topic = parsed.GetValue(DiffOptions.Topic) is { } name ? new DiffTopic(settings, name) : null;
        DiffReport report = diff.Compare(live, candidate, nameOf, topic is null ? null : topic.Write);
        topic?.Finish(report);
        DiffPrinter.Print(context.Out, report);
        if (parsed.GetValue(Report) is { } path) ReportPage.Save(path, replay: null, report);
        return report.Violations.Count == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static Func<int, long, string> LoadFiles(ResultDiff diff, ParseResult parsed, string live, string candidate)
    {
        FileAnswers files = new();
        files.Load(diff, DiffSide.Live, live);
        files.Load(diff, DiffSide.Candidate, candidate);
        foreach (string input in parsed.GetValue(Input) ?? []) files.LoadInput(diff, input);
        return files.NameOf;
    }

    private static Func<int, long, string> LoadTopics(ResultDiff diff, ParseResult parsed, KafkaSettings settings, string live, string candidate, CancellationToken cancellation)
    {
        string[] inputs = parsed.GetValue(Input) ?? [];
        DiffScope scope = new(inputs.Length > 0 ? inputs[0] : null);
        foreach (string topic in (string[])[candidate, .. parsed.GetValue(CandidateDeadLetters) ?? []]) scope = TopicAnswers.Load(diff, DiffSide.Candidate, settings, topic, scope, cancellation);
        foreach (string topic in (string[])[live, .. parsed.GetValue(LiveDeadLetters) ?? []]) scope = TopicAnswers.Load(diff, DiffSide.Live, settings, topic, scope, cancellation);
        if (inputs.Length > 0) TopicAnswers.LoadInput(diff, settings, scope, cancellation);
        return (partition, offset) => $"{scope.Topic}/{partition}/{offset}";
    }

    // Topics have no endings of files, and a file that is not there must not become a topic.
    private static bool IsFile(string name) => File.Exists(name) || name.Contains('/', StringComparison.Ordinal) || Path.GetExtension(name) is ".jsonl" or ".ndjson" or ".csv" or ".tsv" or ".parquet" or ".gz" or ".zst";
}
