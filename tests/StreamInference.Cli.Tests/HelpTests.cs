using System.CommandLine;
using StreamInference.Cli.Shell;

namespace StreamInference.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. Below(Root()).Select(CliApplication.CommandPath)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_is_complete(string path)
    {
        Command command = Below(Root()).Single(c => CliApplication.CommandPath(c) == path);
        using CliRunner run = await CliRunner.Run([.. path.Split(' ').Skip(1), "--help"]);

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.False(string.IsNullOrWhiteSpace(command.Description));
        Assert.EndsWith(".", command.Description, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", run.Out, StringComparison.Ordinal);
        foreach (Option option in command.Options)
        {
            Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{option.Name} of {path} has no description.");
            Assert.Contains(option.Name, run.Out, StringComparison.Ordinal);
        }

        foreach (Argument argument in command.Arguments) Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{argument.Name} of {path} has no description.");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Examples_are_there_and_parse(string path)
    {
        Command command = Below(Root()).Single(c => CliApplication.CommandPath(c) == path);
        if (command.Subcommands.Count > 0) return;
        ExampleCommand example = Assert.IsType<ExampleCommand>(command);
        Assert.NotEmpty(example.Examples);
        foreach ((string line, string what) in example.Examples)
        {
            string own = line.Split('|')[^1].Split('>')[0].Trim();
            Assert.StartsWith(path, own, StringComparison.Ordinal);
            Assert.Empty(Root().Parse(own["streaminfer".Length..].Trim()).Errors);
            Assert.False(string.IsNullOrWhiteSpace(what));
        }
    }

    [Fact]
    public async Task A_wrong_command_line_ends_with_the_usage_code_and_says_where_help_is()
    {
        using CliRunner run = await CliRunner.Run("broker", "--prot", "1");
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("--prot", run.Error, StringComparison.Ordinal);
        Assert.Contains("streaminfer broker --help", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    private static RootCommand Root() => CliApplication.CreateRoot(new CliContext
    {
        In = TextReader.Null,
        Out = TextWriter.Null,
        Error = TextWriter.Null,
        Environment = new Dictionary<string, string>(),
        Interrupted = CancellationToken.None,
    });

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(c => Below(c).Prepend(c));
}
