using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog.Core;
using StreamInference.Cli.Observability;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Files;
using StreamInference.Onnx.Hosting;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Pipeline;
using StreamInference.Records;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer score</c>: files through a pipeline's model, without a broker.</summary>
internal static class ScoreCommand
{
    private static readonly Argument<string> Pipeline = new("pipeline.yaml") { Description = "The pipeline; its topics are not used." };

    private static readonly Argument<string[]> Inputs = new("input")
    {
        Description = "Files or patterns: .jsonl, .ndjson, .csv, .tsv (each also with .gz or .zst), .parquet. A row is a record.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Output = new("--output", "-o") { Description = "The file of results; its ending says the format.", Required = true, HelpName = "file" };

    private static readonly Option<string?> Key = new("--key") { Description = "A field of the rows that becomes the column si_key, e.g. /card_id.", HelpName = "/field" };

    private static readonly Option<string?> Delimiter = new("--delimiter")
    {
        Description = "What separates the fields of CSV inputs. [default: a comma; a tab in .tsv]",
        HelpName = "character",
    };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace an output that exists." };

    private static readonly Option<string?> Model = new("--model-version") { Description = "Another version of the model than the pipeline names.", HelpName = "version" };

    static ScoreCommand()
    {
        Delimiter.Validators.Add(result =>
        {
            if (result.GetValue(Delimiter) is { } text && (text.Length != 1 || text[0] > 127 || text[0] is '"' or '\n' or '\r')) result.AddError($"--delimiter \"{text}\" must be one ASCII character, and no quote.");
        });
        Key.Validators.Add(result =>
        {
            if (result.GetValue(Key) is { } text && !JsonFieldPath.TryParse(text, out _)) result.AddError($"--key \"{text}\" must be a JSON pointer to a field, e.g. /card_id.");
        });
    }

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "score",
            "Scores files offline with a pipeline's model: no broker, the same decoding, batches fixed by row. Interrupted, it goes on when it is called again; the output has its name only when it is whole.",
            ("streaminfer score topics/fraud/pipeline.yaml january.jsonl.gz -o scores.parquet", "a file"),
            ("streaminfer score pipeline.yaml 'day-*.csv' -o scores.csv.zst --key /card_id", "many files, with the card as a column of the results"),
            ("streaminfer score pipeline.yaml history.parquet -o v2.jsonl --model-version 2", "a candidate"),
            ("streaminfer score topics/llm/pipeline.yaml requests.jsonl -o answers.jsonl", "prompts, each answered in one line"),
            ("streaminfer score topics/vision/pipeline.yaml pictures.csv -o defects.jsonl", "pictures, named in a column \"file\" below the model's file_root"))
        {
            Pipeline, Inputs, Output, Key, Delimiter, Model, Overwrite,
        };
        command.SetAction((parsed, cancellation) => RunAsync(context, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        ConfigOverrides overrides = ConfigOverrides.FromEnvironment(context.Environment);
        if (parsed.GetValue(Model) is { } version) overrides = overrides.With("model.version", version, "--model-version");
        PipelineConfig pipeline = PipelineConfigFile.Load(parsed.GetRequiredValue(Pipeline), overrides);
        ThrowIfNoPictures(pipeline);
        await using Logger logger = LogOptions.CreateLogger(context, parsed, quiet: true);
        using IHost host = PipelineHost.Create(context, logger, null, streams => streams.UseOnnx());
        FileScoringOptions options = new()
        {
            Inputs = parsed.GetRequiredValue(Inputs),
            Output = parsed.GetRequiredValue(Output),
            Key = parsed.GetValue(Key),
            Delimiter = parsed.GetValue(Delimiter)?[0],
            Overwrite = parsed.GetValue(Overwrite),
            Warn = warning => context.Error.WriteLine(warning),
        };
        using RowProgress progress = new(context);
        FileScoringReport report = await FileScoring.RunAsync(
            pipeline, options, ModelCheck.LoaderOf(pipeline, host.Services), host.Services, host.Services.GetRequiredService<ILoggerFactory>(), progress.Start, cancellation);
        progress.Dispose();
        Print(context, options.Output, report);
        return ExitCodes.Ok;
    }

    private static void ThrowIfNoPictures(PipelineConfig pipeline)
    {
        if ((pipeline.Kind ?? ModelFolder.Find(pipeline.Model).ReadKind()) != VisionDescriptionFile.Kind) return;
        ModelFolder folder = ModelFolder.Find(pipeline.Model);
        if (VisionDescriptionFile.Load(Path.Combine(folder.Path, ModelFolder.DescriptionFile)).FileRoot is not null) return;
        throw new InvalidConfigurationException(
            $"Pipeline {pipeline.Name}", [new ConfigError("model", $"has no file_root in its {ModelFolder.DescriptionFile}: a row of a file names its picture in \"file\", below that folder")]);
    }

    private static void Print(CliContext context, string output, FileScoringReport report)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (report.ResumedAt > 0) context.Out.WriteLine(string.Create(culture, $"{report.ResumedAt:N0} rows were done by an earlier run"));
        double rate = (report.Rows - report.ResumedAt) / Math.Max(0.001, report.Elapsed.TotalSeconds);
        context.Out.WriteLine(string.Create(culture, $"{report.Results:N0} of {report.Rows:N0} rows scored into {output} ({report.Elapsed.TotalSeconds:F1} s, {rate:N0} rows/s)"));
        if (report.DeadLetterFile is not { } deadLetters) return;
        context.Out.WriteLine(string.Create(culture, $"{report.DeadLetters.Values.Sum():N0} rows without a result in {deadLetters}"));
        foreach ((string code, long count) in report.DeadLetters.OrderByDescending(entry => entry.Value)) context.Out.WriteLine(string.Create(culture, $"  {code,-20} {count:N0}"));
    }

    /// <summary>A line on the terminal that counts rows while they are scored.</summary>
    private sealed class RowProgress(CliContext context) : IDisposable
    {
        private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

        private Timer? _timer;

        public void Start(PipelineMetrics metrics)
        {
            if (!context.IsErrorTerminal) return;
            long started = System.Diagnostics.Stopwatch.GetTimestamp();
            _timer = new Timer(_ => Show(metrics, System.Diagnostics.Stopwatch.GetElapsedTime(started)), null, Step, Step);
        }

        public void Dispose()
        {
            if (_timer is null) return;
            _timer.Dispose();
            _timer = null;
            context.Error.Write("\r\u001b[K");
        }

        private void Show(PipelineMetrics metrics, TimeSpan elapsed)
        {
            long rows = metrics.Produced + metrics.DeadLettered;
            context.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{rows:N0} rows, {rows / elapsed.TotalSeconds:N0} rows/s "));
        }
    }
}
