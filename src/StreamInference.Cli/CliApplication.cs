using System.CommandLine;
using System.CommandLine.Help;
using StreamInference.Cli.Commands;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Files;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Cli;

/// <summary>The command line: parses, runs one command, and turns what went wrong into a message and an exit code.</summary>
internal static class CliApplication
{
    /// <summary>Runs a command line.</summary>
    public static async Task<int> RunAsync(string[] args, CliContext context)
    {
        ParseResult parsed = CreateRoot(context).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction and not HelpWithExamples)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors) await context.Error.WriteLineAsync(error.Message);
            await context.Error.WriteLineAsync($"Try: {CommandPath(parsed.CommandResult.Command)} --help");
            return ExitCodes.Usage;
        }

        InvocationConfiguration invocation = new() { Output = context.Out, Error = context.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return await parsed.InvokeAsync(invocation, context.Interrupted);
        }
        catch (OperationCanceledException) when (context.Interrupted.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (InvalidConfigurationException exception)
        {
            await context.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Usage;
        }
        catch (FileFailureException exception)
        {
            await context.Error.WriteLineAsync(exception.Message);
            return exception.IsUsage ? ExitCodes.Usage : ExitCodes.Failure;
        }
        catch (ModelLoadException exception)
        {
            await context.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Usage;
        }
#pragma warning disable CA1031 // the last handler: a message instead of a stack for what no command expected
        catch (Exception exception)
#pragma warning restore CA1031
        {
            bool isDebug = parsed.GetValue(LogOptions.Level) is LogVerbosity.Debug;
            await context.Error.WriteLineAsync(isDebug ? exception.ToString() : $"{exception.Message} (--log-level debug shows more)");
            return ExitCodes.Failure;
        }
    }

    /// <summary>The root command with everything below it.</summary>
    public static RootCommand CreateRoot(CliContext context)
    {
        RootCommand root = new("Streaming inference over Kafka: consume, run models in ONNX Runtime in micro-batches, emit results with exactly-once offsets.")
        {
            DemoCommand.Create(context),
            RunCommand.Create(context),
            ScoreCommand.Create(context),
            ReplayCommand.Create(context),
            DiffCommand.Create(context),
            TopicsCommand.Create(context),
            ProduceCommand.Create(context),
            TailCommand.Create(context),
            BrokerCommand.Create(context),
            GenerateCommand.Create(context),
            ModelsCommand.Create(context),
            SchemaCommand.Create(context),
        };
        root.Options.Add(LogOptions.Level);
        foreach (HelpOption help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    internal static string CommandPath(Command command)
    {
        Stack<string> names = new();
        for (Symbol? symbol = command; symbol is Command; symbol = symbol.Parents.FirstOrDefault()) names.Push(symbol is RootCommand ? "streaminfer" : symbol.Name);
        return string.Join(' ', names);
    }
}
