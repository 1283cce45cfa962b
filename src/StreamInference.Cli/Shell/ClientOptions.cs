using System.CommandLine;
using StreamInference.Configuration;
using StreamInference.Kafka.Settings;

namespace StreamInference.Cli.Shell;

/// <summary>The options that reach a cluster, the same on every command that talks to one.</summary>
internal static class ClientOptions
{
    public static readonly Option<string?> BootstrapServers = new("--bootstrap-servers", "-b")
    {
        Description = "The brokers to start from, host:port,… (STREAMINFERENCE_KAFKA__BOOTSTRAP_SERVERS). [default: localhost:9092]",
        HelpName = "host:port",
    };

    public static readonly Option<string[]> Properties = new("-X")
    {
        Description = "A property of the Kafka client by librdkafka's name, e.g. -X security.protocol=SASL_SSL; may be given more than once.",
        HelpName = "key=value",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static ClientOptions() => Properties.Validators.Add(result =>
    {
        foreach (System.CommandLine.Parsing.Token token in result.Tokens)
            if (token.Value.IndexOf('=', StringComparison.Ordinal) <= 0) result.AddError($"-X \"{token.Value}\" must be key=value.");
    });

    /// <summary>Adds the options to a command.</summary>
    public static void AddTo(Command command)
    {
        command.Options.Add(BootstrapServers);
        command.Options.Add(Properties);
    }

    /// <summary>The settings of a client without a pipeline.</summary>
    public static KafkaSettings Settings(CliContext context, ParseResult parsed) => new(Overrides(context, parsed).ClientProperties());

    /// <summary>What the environment and these options override in a pipeline's file.</summary>
    public static ConfigOverrides Overrides(CliContext context, ParseResult parsed)
    {
        ConfigOverrides overrides = ConfigOverrides.FromEnvironment(context.Environment);
        if (parsed.GetValue(BootstrapServers) is { } servers) overrides = overrides.With("kafka.bootstrap.servers", servers, "--bootstrap-servers");
        foreach (string property in parsed.GetValue(Properties) ?? [])
        {
            int equals = property.IndexOf('=', StringComparison.Ordinal);
            overrides = overrides.With("kafka." + property[..equals], property[(equals + 1)..], "-X " + property[..equals]);
        }

        return overrides;
    }
}
