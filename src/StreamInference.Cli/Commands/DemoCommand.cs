using System.CommandLine;
using Serilog.Core;
using Serilog.Extensions.Logging;
using Spectre.Console;
using StreamInference.Cli.Demo;
using StreamInference.Cli.Demo.Streams;
using StreamInference.Cli.Shell;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer demo</c>: everything in one process, and a verifier that says whether it was exactly once.</summary>
internal static class DemoCommand
{
    private static readonly Option<double?> Seconds = new("--seconds") { Description = "End after this many seconds with a summary. [default: at Ctrl-C]", HelpName = "n" };

    private static readonly Option<double> Rate = new("--rate") { Description = "Transactions per second; 0 for as fast as possible.", DefaultValueFactory = _ => 2000, HelpName = "n" };

    private static readonly Option<double> Frames = new("--frames") { Description = "Camera frames per second, over all cameras; 0 for none.", DefaultValueFactory = _ => 8, HelpName = "n" };

    private static readonly Option<bool> Explain = new("--explain")
    {
        Description = "Let a small language model explain each declined transaction; false for rates that it cannot follow.",
        DefaultValueFactory = _ => true,
    };

    private static readonly Option<double> Bad = new("--bad") { Description = "Fraction of deliberately bad records, 0 to 1.", DefaultValueFactory = _ => 0.005, HelpName = "fraction" };

    private static readonly Option<ulong> Seed = new("--seed") { Description = "The simulator's seed.", DefaultValueFactory = _ => 1 };

    private static readonly Option<int?> MetricsPort = new("--metrics-port") { Description = "Serve /metrics, /healthz and /readyz on this port. [default: none]", HelpName = "port" };

    private static readonly Option<string?> Data = new("--data") { Description = "A folder for the embedded broker's logs. [default: memory only]", HelpName = "folder" };

    static DemoCommand()
    {
        Seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is <= 0) result.AddError("--seconds must be above 0.");
        });
        Bad.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= 1)) result.AddError("--bad must be from 0 to 1.");
        });
        foreach (Option<double> rate in new[] { Rate, Frames })
        {
            rate.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<double>() is not >= 0) result.AddError($"{rate.Name} must not be negative.");
            });
        }
    }

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "demo",
            "Simulated card transactions and camera frames through an embedded Kafka broker (or with -b a cluster), scored by ONNX models, declines explained by a language model, verified exactly once: all in this process, nothing to install. "
            + "Ends with 1 when an answer is missing or repeated.",
            ("streaminfer demo", "the live view, until Ctrl-C"),
            ("streaminfer demo --seconds 30 --rate 10000", "half a minute at 10,000 a second, then a summary (JSON where no terminal is)"),
            ("streaminfer demo --seconds 30 -b broker:9092", "the same on a Kafka cluster, in topics of its own that are deleted at the end"))
        {
            Seconds, Rate, Frames, Explain, Bad, Seed, MetricsPort, Data,
        };
        ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(context, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        await using Logger logger = LogOptions.CreateLogger(context, parsed, quiet: true);
        using SerilogLoggerFactory loggers = new(logger);
        double frames = parsed.GetValue(Frames);
        bool explain = parsed.GetValue(Explain);
        string[] folders = [FraudDemo.Folder, .. explain ? [ExplainDemo.Folder] : Array.Empty<string>(), .. frames > 0 ? [VisionDemo.Folder] : Array.Empty<string>()];
        await using DemoCluster cluster = await DemoCluster.StartAsync(context, parsed, parsed.GetValue(Data), folders, loggers, cancellation);
        DemoOptions options = new() { Duration = parsed.GetValue(Seconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
        List<DemoStream> streams = [new FraudDemo(cluster.Pipelines[FraudDemo.Folder], parsed.GetValue(Rate), parsed.GetValue(Bad), parsed.GetValue(Seed))];
        if (explain) streams.Add(new ExplainDemo(cluster.Pipelines[ExplainDemo.Folder]));
        if (frames > 0) streams.Add(new VisionDemo(cluster.Pipelines[VisionDemo.Folder], frames, parsed.GetValue(Seed)));

        await using DemoSession session = new(context, logger, parsed.GetValue(MetricsPort), cluster.Settings, streams, options);
        await session.StartAsync(cancellation);
        bool isTimeUp = await ProduceAsync(context, session, cancellation);
        await session.FinishAsync();
        DemoSummary summary = DemoSummary.Of(session);
        await context.Out.WriteLineAsync(context.IsTerminal ? summary.ToText() : summary.ToJson());
        if (!summary.IsExactlyOnce || session.Service.Completion.IsFaulted) return ExitCodes.Failure;
        return isTimeUp || options.Duration is null ? ExitCodes.Ok : ExitCodes.Interrupted;
    }

    private static async Task<bool> ProduceAsync(CliContext context, DemoSession session, CancellationToken cancellation)
    {
        Task<bool> producing = Task.Factory.StartNew(() => session.Produce(cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (context.IsTerminal) await new DemoView(session).ShowAsync(AnsiConsole.Console, producing);
        return await producing;
    }
}
