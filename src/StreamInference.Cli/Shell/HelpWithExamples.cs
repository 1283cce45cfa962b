using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace StreamInference.Cli.Shell;

/// <summary>A command with examples for its help.</summary>
internal sealed class ExampleCommand(string name, string description, params (string Line, string What)[] examples) : Command(name, description)
{
    /// <summary>Command lines to copy, and what each does.</summary>
    public IReadOnlyList<(string Line, string What)> Examples { get; } = examples;
}

/// <summary>The usual help with examples and exit codes behind it.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly (int Code, string Meaning)[] Codes =
    [
        (ExitCodes.Ok, "done, or stopped in order where a stop is the ordinary end"),
        (ExitCodes.Failure, "something failed; the log says what"),
        (ExitCodes.Usage, "the command line or a configuration is wrong; nothing was started"),
        (ExitCodes.Interrupted, "interrupted before the work was done"),
    ];

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is ExampleCommand { Examples.Count: > 0 } command)
        {
            output.WriteLine("Examples:");
            foreach ((string line, string what) in command.Examples) output.WriteLine($"  {line}\n      {what}");
            output.WriteLine();
        }

        output.WriteLine("Exit codes:");
        foreach ((int code, string meaning) in Codes) output.WriteLine($"  {code,-5}{meaning}");
        return result;
    }
}
