using System.CommandLine;
using StreamInference.Cli.Diffing;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Replay.Jobs;

namespace StreamInference.Cli.Replaying;

/// <summary>What the command line of <c>replay</c> says.</summary>
internal static class ReplayOptions
{
    // Optional for the parser alone: the subcommands share the command and need no file.
    public static readonly Argument<string?> File = new("pipeline.yaml") { Description = "The pipeline to replay.", Arity = ArgumentArity.ZeroOrOne };

    public static readonly Option<string> From = new("--from")
    {
        Description = "Where to begin: earliest, a time such as 2026-01-31T12:00:00Z or 7d (ago), an offset, or offsets by partition such as 0:100,1:250 (then only those partitions).",
        DefaultValueFactory = _ => "earliest",
        HelpName = "where",
    };

    public static readonly Option<string> To = new("--to")
    {
        Description = "Where to end, exclusive: latest (what is committed now), now (by time), or as --from.",
        DefaultValueFactory = _ => "latest",
        HelpName = "where",
    };

    public static readonly Option<string?> Model = new("--model") { Description = "Another model: name@version, name or @version, beside the pipeline's own. [default: the pipeline's]", HelpName = "name@version" };

    public static readonly Option<string?> Output = new("--output") { Description = "The topic of the results; made where it does not exist. Dead letters go to the same name with .dlq.", HelpName = "topic" };

    public static readonly Option<string?> Job = new("--job") { Description = "The job's id. [default: the output topic]", HelpName = "id" };

    public static readonly Option<int?> Workers = new("--workers") { Description = "Workers in this process. [default: the pipeline's]", HelpName = "n" };

    public static readonly Option<bool> Join = new("--join") { Description = "Share the work with a runner of the job that runs already; without it a second one is refused." };

    public static readonly Option<bool> AllowGone = new("--allow-gone") { Description = "Go on where offsets of the bound are no longer in the topic; the report names them." };

    public static readonly Option<string?> Instance = new("--instance")
    {
        Description = "This process's name among the job's runners, stable across restarts. [default: the machine's name, with a number where it runs the job already]",
        HelpName = "name",
    };

    public static readonly Option<bool> Progress = new("--progress") { Description = "Without a terminal: a line of progress on standard error every 5 s." };

    public static readonly Option<string?> Report = DiffOptions.Report();

    public static readonly Option<string?> Against = new("--against")
    {
        Description = "A topic of live results: once finished, compare each new result with the live one of the same record. Ends with 1 beyond the limits of --diff.",
        HelpName = "topic",
    };

    public static readonly Option<string?> AgainstDeadLetters = new("--against-dead-letters")
    {
        Description = "The topic of live dead letters, so that a record which fails on both sides is not missing. [default: none]",
        HelpName = "topic",
    };

    /// <summary>The request.</summary>
    /// <exception cref="InvalidConfigurationException">Something is missing, or the file or the model cannot be used.</exception>
    public static ReplayRequest Request(CliContext context, ParseResult parsed)
    {
        List<ConfigError> missing = [];
        string? file = parsed.GetValue(File), output = parsed.GetValue(Output);
        if (file is null) missing.Add(new ConfigError("pipeline.yaml", "is required"));
        if (output is null) missing.Add(new ConfigError("--output", "is required: replayed results do not go to the live topic"));
        if (missing.Count > 0) throw new InvalidConfigurationException("replay", missing);
        PipelineConfig pipeline = ModelReference.Apply(PipelineConfigFile.Load(file!, ClientOptions.Overrides(context, parsed)), parsed.GetValue(Model));
        return new ReplayRequest
        {
            Id = parsed.GetValue(Job) ?? output!,
            Pipeline = pipeline,
            From = parsed.GetRequiredValue(From),
            To = parsed.GetRequiredValue(To),
            OutputTopic = output!,
            Workers = parsed.GetValue(Workers),
            Joins = parsed.GetValue(Join),
            AllowsGone = parsed.GetValue(AllowGone),
            Instance = parsed.GetValue(Instance) ?? context.Environment.GetValueOrDefault("STREAMINFERENCE_INSTANCE"),
            Outputs = ReportedOutputs.Of(pipeline),
        };
    }
}
