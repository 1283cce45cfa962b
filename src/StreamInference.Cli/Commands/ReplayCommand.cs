using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog.Core;
using Serilog.Extensions.Logging;
using Spectre.Console;
using StreamInference.Cli.Diffing;
using StreamInference.Cli.Observability;
using StreamInference.Cli.Replaying;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Kafka.Settings;
using StreamInference.Onnx.Hosting;
using StreamInference.Pipeline;
using StreamInference.Replay.Diff;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Replay.Running;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer replay</c>: a bound of the past through a pipeline, as a job.</summary>
internal static class ReplayCommand
{
    private static readonly Option<string> Id = new("--job") { Description = "The job's id.", Required = true, HelpName = "id" };

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "replay",
            "Runs records of the past through a pipeline into a topic of their own, exactly once: interrupted at any moment and started again, it goes on where it was.",
            ("streaminfer replay topics/fraud/pipeline.yaml --from 7d --model fraud@2 --output fraud.scores.candidate", "the last week through another version"),
            ("streaminfer replay topics/fraud/pipeline.yaml --to now --output fraud.scores.rebuilt --workers 4 --report rebuilt.json", "rebuild a result topic on four workers"),
            ("streaminfer replay topics/fraud/pipeline.yaml --model fraud@2 --output fraud.scores.candidate --against fraud.scores --diff diff.yaml --report candidate.html", "judge a candidate"),
            ("streaminfer replay status --job fraud.scores.rebuilt", "how far it is, and who runs it"))
        {
            ReplayOptions.File, ReplayOptions.From, ReplayOptions.To, ReplayOptions.Model, ReplayOptions.Output, ReplayOptions.Job, ReplayOptions.Workers,
            ReplayOptions.Join, ReplayOptions.AllowGone, ReplayOptions.Instance, ReplayOptions.Progress, ReplayOptions.Report,
            ReplayOptions.Against, ReplayOptions.AgainstDeadLetters, DiffOptions.Config, DiffOptions.Topic,
            Subcommand(context, "status", "Shows a job: its bound, its position in each partition, its runners.", "--job fraud.scores.rebuilt", ShowAsync, Id),
            Subcommand(context, "cancel", "Gives a job up. Its runners stop in order; what is committed stays.", "--job fraud.scores.rebuilt", CancelAsync, Id),
            Subcommand(context, "list", "Shows all jobs of the cluster.", "-b broker:9092", ListAsync),
        };
        ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(context, parsed, cancellation));
        return command;
    }

    private static Command Subcommand(CliContext context, string name, string description, string example, Func<CliContext, ParseResult, Task<int>> action, params Option[] options)
    {
        ExampleCommand command = new(name, description, ($"streaminfer replay {name} {example}", char.ToLowerInvariant(description[0]) + description[1..].Split('.')[0]));
        foreach (Option option in options) command.Options.Add(option);
        ClientOptions.AddTo(command);
        command.SetAction((parsed, _) => action(context, parsed));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        ReplayRequest request = ReplayOptions.Request(context, parsed);
        DiffConfig config = DiffOptions.Load(parsed);
        await using Logger logger = LogOptions.CreateLogger(context, parsed, quiet: true);
        using IHost host = PipelineHost.Create(context, logger, metricsPort: null, streams => streams.UseOnnx());
        using SerilogLoggerFactory loggers = new(logger);
        using ReplayRunner runner = await ReplayRunner.ConnectAsync(KafkaSettings.From(request.Pipeline.Kafka), loggers);
        ReplayStart start = await runner.PrepareAsync(request, LoaderOf(request.Pipeline, host.Services), host.Services);
        if (start.Run is not { } run)
        {
            await (start.Verdict == ReplayVerdict.AlreadyFinished ? context.Out : context.Error).WriteLineAsync(start.Message);
            return start.Verdict == ReplayVerdict.AlreadyFinished ? ExitCodes.Ok : ExitCodes.Failure;
        }

        using (run)
        {
            ReplayOutcome outcome = await WatchAsync(context, parsed, run, cancellation);
            DiffReport? diff = await TellAsync(context, parsed, run, outcome, KafkaSettings.From(request.Pipeline.Kafka), config, cancellation);
            return outcome switch
            {
                ReplayOutcome.Finished => diff is { Violations.Count: > 0 } ? ExitCodes.Failure : ExitCodes.Ok,
                ReplayOutcome.Interrupted => ExitCodes.Interrupted,
                _ => ExitCodes.Failure,
            };
        }
    }

    private static async Task<ReplayOutcome> WatchAsync(CliContext context, ParseResult parsed, ReplayRun run, CancellationToken cancellation)
    {
        Task<ReplayOutcome> running = Task.Run(() => run.RunAsync(cancellation), CancellationToken.None);
        ReplayBar bar = new(run);
        if (context.IsTerminal) await bar.DrawAsync(AnsiConsole.Console, running);
        else if (parsed.GetValue(ReplayOptions.Progress)) await bar.WriteAsync(context.Error, running);
        return await running;
    }

    private static async Task<DiffReport?> TellAsync(
        CliContext context, ParseResult parsed, ReplayRun run, ReplayOutcome outcome, KafkaSettings settings, DiffConfig config, CancellationToken cancellation)
    {
        ReplayReport report = run.Report();
        ReplayTables.Write(ConsoleOf(context), report);
        await context.Out.WriteLineAsync(outcome switch
        {
            ReplayOutcome.Finished => $"{report.Job} is finished.",
            ReplayOutcome.Cancelled => $"{report.Job} was cancelled.",
            _ => $"{report.Job} was interrupted; start it again and it goes on.",
        });
        DiffReport? diff = null;
        if (outcome == ReplayOutcome.Finished && parsed.GetValue(ReplayOptions.Against) is { } live)
        {
            string? topic = parsed.GetValue(DiffOptions.Topic);
            IReadOnlyList<string> answers = parsed.GetValue(ReplayOptions.AgainstDeadLetters) is { } deadLetters ? [live, deadLetters] : [live];
            diff = await Task.Run(() => ReplayDiff.Run(settings, config, run.Job, answers, topic, cancellation), cancellation);
            DiffPrinter.Print(context.Out, diff);
        }

        if (parsed.GetValue(ReplayOptions.Report) is { } path) ReportPage.Save(path, report, diff);
        return diff;
    }

    private static async Task<int> ShowAsync(CliContext context, ParseResult parsed)
    {
        using ReplayRunner runner = await ConnectAsync(context, parsed);
        string id = parsed.GetRequiredValue(Id);
        if (runner.Jobs.Find(id) is not { } job) return await UnknownAsync(context, id);
        ReplayTables.Write(ConsoleOf(context), await runner.ProgressAsync(job), await runner.RunnersAsync(job));
        return ExitCodes.Ok;
    }

    private static async Task<int> CancelAsync(CliContext context, ParseResult parsed)
    {
        using ReplayRunner runner = await ConnectAsync(context, parsed);
        string id = parsed.GetRequiredValue(Id);
        if (runner.Cancel(id) is not { } job) return await UnknownAsync(context, id);
        await context.Out.WriteLineAsync(job.State == ReplayState.Cancelled ? $"{id} is cancelled." : $"{id} finished at {job.ChangedAt:u}; there is nothing to cancel.");
        return ExitCodes.Ok;
    }

    private static async Task<int> ListAsync(CliContext context, ParseResult parsed)
    {
        using ReplayRunner runner = await ConnectAsync(context, parsed);
        List<ReplayProgress> jobs = [];
        foreach (ReplayJob job in runner.Jobs.All()) jobs.Add(await runner.ProgressAsync(job));
        ReplayTables.Write(ConsoleOf(context), jobs);
        return ExitCodes.Ok;
    }

    private static Task<ReplayRunner> ConnectAsync(CliContext context, ParseResult parsed)
    {
        KafkaSettings settings = ClientOptions.Settings(context, parsed);
        if (settings.BootstrapServers is null) settings = KafkaSettings.For(new KafkaConfig().BootstrapServers).With(settings.Properties);
        return ReplayRunner.ConnectAsync(settings, new SerilogLoggerFactory(Logger.None));
    }

    private static async Task<int> UnknownAsync(CliContext context, string id)
    {
        await context.Error.WriteLineAsync($"There is no job {id}.");
        return ExitCodes.Failure;
    }

    private static IModelLoader LoaderOf(PipelineConfig pipeline, IServiceProvider services)
    {
        string kind = pipeline.Kind ?? ModelFolder.Find(pipeline.Model).ReadKind();
        return services.GetServices<IModelLoader>().LastOrDefault(loader => loader.Kind == kind)
            ?? throw new InvalidConfigurationException($"Pipeline {pipeline.Name}", [new ConfigError("kind", $"no loader for \"{kind}\" is registered")]);
    }

    private static IAnsiConsole ConsoleOf(CliContext context)
    {
        if (context.IsTerminal) return AnsiConsole.Console;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(context.Out) });
        console.Profile.Width = 200;
        return console;
    }
}
