using System.CommandLine;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;

namespace StreamInference.Cli.Shell;

/// <summary>How much is logged.</summary>
internal enum LogVerbosity
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>The log on standard error: text for people, compact JSON where no terminal is.</summary>
internal static class LogOptions
{
    /// <summary>On every command.</summary>
    public static readonly Option<LogVerbosity> Level = new("--log-level")
    {
        Description = "How much is logged, on standard error: debug, info, warning or error.",
        DefaultValueFactory = _ => LogVerbosity.Info,
        Recursive = true,
    };

    /// <summary>Creates the log; the caller disposes it.</summary>
    /// <param name="context">The process.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="quiet">Whether only warnings are logged where the command line does not say otherwise: a live view owns the terminal.</param>
    public static Logger CreateLogger(CliContext context, ParseResult parsed, bool quiet = false)
    {
        LogVerbosity verbosity = quiet && parsed.GetResult(Level) is null or { Implicit: true } ? LogVerbosity.Warning : parsed.GetValue(Level);
        LoggerConfiguration logging = new LoggerConfiguration()
            .MinimumLevel.Is(verbosity switch
            {
                LogVerbosity.Debug => LogEventLevel.Debug,
                LogVerbosity.Warning => LogEventLevel.Warning,
                LogVerbosity.Error => LogEventLevel.Error,
                _ => LogEventLevel.Information,
            })
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning);
        return context.IsErrorTerminal
            ? logging.WriteTo.Console(standardErrorFromLevel: LogEventLevel.Verbose, formatProvider: System.Globalization.CultureInfo.InvariantCulture).CreateLogger()
            : logging.WriteTo.Sink(new WriterSink(context.Error, new CompactJsonFormatter())).CreateLogger();
    }

    /// <summary>Writes each event as one line.</summary>
    private sealed class WriterSink(TextWriter writer, ITextFormatter formatter) : ILogEventSink
    {
        private readonly Lock _lock = new();

        public void Emit(LogEvent logEvent)
        {
            using StringWriter line = new();
            formatter.Format(logEvent, line);
            lock (_lock) writer.Write(line.ToString());
        }
    }
}
