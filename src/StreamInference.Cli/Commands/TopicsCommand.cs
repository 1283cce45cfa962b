using System.CommandLine;
using Serilog.Core;
using Serilog.Extensions.Logging;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Kafka.Topics;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer topics plan|apply</c>: makes the topics of a cluster what their files say.</summary>
internal static class TopicsCommand
{
    private static readonly Argument<string[]> Files = new("topics.yaml") { Description = "Files of topic definitions, or folders with a topics.yaml in them.", Arity = ArgumentArity.OneOrMore };

    public static Command Create(CliContext context) => new("topics", "Compares the topics of a cluster with their definitions, and creates what is missing.")
    {
        Plan(context), Apply(context),
    };

    private static ExampleCommand Plan(CliContext context)
    {
        ExampleCommand command = new(
            "plan",
            "Shows what apply would change (+ create, ~ change, ! refused) and changes nothing. Ends with 1 when a change is refused.",
            ("streaminfer topics plan topics/fraud/topics.yaml", "what differs on localhost:9092"))
        {
            Files,
        };
        ClientOptions.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(context, parsed, apply: false));
        return command;
    }

    private static ExampleCommand Apply(CliContext context)
    {
        ExampleCommand command = new(
            "apply",
            "Creates topics, adds partitions and sets configurations. Applying twice changes nothing more. A change that would lose records (fewer partitions, "
            + "shorter retention) is refused, and then nothing is applied.",
            ("streaminfer topics apply topics/fraud/topics.yaml", "create the topics of the fraud stream"),
            ("streaminfer topics apply topics/fraud -b broker:9092 -X security.protocol=SSL", "the same on another cluster, by its folder"))
        {
            Files,
        };
        ClientOptions.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(context, parsed, apply: true));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, ParseResult parsed, bool apply)
    {
        List<TopicDefinition> definitions = [.. parsed.GetRequiredValue(Files).SelectMany(Load)];
        await using Logger logger = LogOptions.CreateLogger(context, parsed);
        using SerilogLoggerFactory loggers = new(logger);
        using TopicPlanner planner = new(ClientOptions.Settings(context, parsed), loggers.CreatePlannerLogger());
        TopicPlan plan = await planner.PlanAsync(definitions);
        await context.Out.WriteLineAsync(plan.ToString());
        if (plan.IsRefused) return ExitCodes.Failure;
        if (apply && !plan.IsEmpty) await planner.ApplyAsync(plan);
        return ExitCodes.Ok;
    }

    /// <summary>The definitions of a file or folder.</summary>
    public static IEnumerable<TopicDefinition> Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "topics.yaml") : path;
        return TopicsFile.Load(file).Select(topic => new TopicDefinition
        {
            Name = topic.Name,
            Partitions = topic.Partitions,
            ReplicationFactor = (short?)topic.ReplicationFactor,
            Configs = topic.Configs,
        });
    }
}
