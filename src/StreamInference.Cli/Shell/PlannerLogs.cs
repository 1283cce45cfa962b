using Microsoft.Extensions.Logging;
using Serilog.Extensions.Logging;
using StreamInference.Kafka.Topics;

namespace StreamInference.Cli.Shell;

internal static class PlannerLogs
{
    public static ILogger<TopicPlanner> CreatePlannerLogger(this SerilogLoggerFactory loggers) => new Logger<TopicPlanner>(loggers);
}
