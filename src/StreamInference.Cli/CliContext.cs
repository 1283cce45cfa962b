using System.Collections;

namespace StreamInference.Cli;

/// <summary>What a command may touch of the process around it, so that tests run commands in their own process.</summary>
internal sealed record CliContext
{
    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether a person reads the output: tables and live views; else JSON lines.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether a person reads the log: text with colours; else compact JSON.</summary>
    public bool IsErrorTerminal { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Set by Ctrl-C or SIGTERM: stop in order.</summary>
    public required CancellationToken Interrupted { get; init; }

    public static CliContext ForProcess(CancellationToken interrupted) => new()
    {
        In = Console.In,
        Out = Console.Out,
        Error = Console.Error,
        IsTerminal = !Console.IsOutputRedirected,
        IsErrorTerminal = !Console.IsErrorRedirected,
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? ""),
        Interrupted = interrupted,
    };
}
