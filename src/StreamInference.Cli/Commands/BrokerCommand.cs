using System.CommandLine;
using Serilog.Core;
using Serilog.Extensions.Logging;
using StreamInference.Broker;
using StreamInference.Cli.Shell;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer broker</c>: the embedded broker in the foreground.</summary>
internal static class BrokerCommand
{
    private static readonly Option<int> Port = new("--port", "-p") { Description = "The port to listen on; 0 takes any free one.", DefaultValueFactory = _ => 9092 };

    private static readonly Option<string> Host = new("--host") { Description = "The address to listen on.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "address" };

    private static readonly Option<string?> AdvertisedHost = new("--advertised-host") { Description = "The host that clients are told to connect to, when it is not --host.", HelpName = "host" };

    private static readonly Option<string?> Data = new("--data") { Description = "The folder for logs, which then survive a restart. [default: memory only]", HelpName = "folder" };

    private static readonly Option<bool> CreateTopics = new("--create-topics") { Description = "Create unknown topics when a client asks for them." };

    private static readonly Option<int> Partitions = new("--partitions") { Description = "Partitions of topics that are created without a number.", DefaultValueFactory = _ => 1 };

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "broker",
            "Runs the embedded single-node Kafka broker until Ctrl-C. For development and tests; prints its bootstrap servers when it listens.",
            ("streaminfer broker", "listen on 127.0.0.1:9092, keep everything in memory"),
            ("streaminfer broker --port 0 --data ./kafka-data", "any free port, logs in a folder"))
        {
            Port, Host, AdvertisedHost, Data, CreateTopics, Partitions,
        };
        command.SetAction((parsed, cancellation) => RunAsync(context, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        await using Logger logger = LogOptions.CreateLogger(context, parsed);
        using SerilogLoggerFactory loggers = new(logger);
        string? data = parsed.GetValue(Data);
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync(
            new EmbeddedBrokerOptions
            {
                Host = parsed.GetRequiredValue(Host),
                AdvertisedHost = parsed.GetValue(AdvertisedHost),
                Port = parsed.GetValue(Port),
                LogDirectory = data is null ? null : Path.GetFullPath(data),
                AutoCreateTopics = parsed.GetValue(CreateTopics),
                DefaultPartitions = parsed.GetValue(Partitions),
                LoggerFactory = loggers,
            },
            cancellation);
        await context.Out.WriteLineAsync(broker.BootstrapServers);
        // An interrupt as soon as the address is seen is a stop in order too.
        await context.Out.FlushAsync(CancellationToken.None);
        await cancellation.WhenCancelled();
        return ExitCodes.Ok;
    }
}
