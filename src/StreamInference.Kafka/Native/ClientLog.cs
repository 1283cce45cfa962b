using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamInference.Kafka.Native;

/// <summary>Passes librdkafka's own log lines on.</summary>
internal static partial class ClientLog
{
    /// <summary>Writes a line of librdkafka at the level that answers its syslog severity.</summary>
    public static void Write(ILogger logger, SyslogLevel level, string facility, string text)
    {
        LogLevel severity = LevelOf(level);
        if (logger.IsEnabled(severity) && LogThrottle.Shared.Pass(facility, text) is { } line) LogClientLine(logger, severity, facility, line);
    }

    private static LogLevel LevelOf(SyslogLevel level) => level switch
    {
        SyslogLevel.Emergency or SyslogLevel.Alert or SyslogLevel.Critical => LogLevel.Critical,
        SyslogLevel.Error => LogLevel.Error,
        SyslogLevel.Warning => LogLevel.Warning,
        // librdkafka's notices are about its own internals.
        SyslogLevel.Notice or SyslogLevel.Info => LogLevel.Debug,
        _ => LogLevel.Trace,
    };

    [LoggerMessage(Message = "librdkafka {Facility}: {Text}")]
    private static partial void LogClientLine(ILogger logger, LogLevel level, string facility, string text);
}
