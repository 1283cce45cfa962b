using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog.Core;
using StreamInference.Cli.Observability;
using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.Hosting;
using StreamInference.Kafka.Hosting;
using StreamInference.Onnx.Hosting;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer run</c>: pipelines in the foreground.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private static readonly Argument<string[]> Files = new("pipeline.yaml") { Description = "The pipelines to run, a file each.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> Check = new("--check") { Description = "Check the files, show the effective configuration with secrets masked, load the models, and end." };

    private static readonly Option<int?> MetricsPort = new("--metrics-port")
    {
        Description = "Serve /metrics (Prometheus), /healthz and /readyz on this port; 0 takes any free one. [default: none]",
        HelpName = "port",
    };

    private static readonly Option<string?> Instance = new("--instance")
    {
        Description = "This process's name among those that run the same pipelines, stable across restarts (STREAMINFERENCE_INSTANCE). [default: the machine's name]",
        HelpName = "name",
    };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "Override a setting of every file, e.g. --set batch.max_size=256; may be given more than once.",
        HelpName = "key=value",
    };

    static RunCommand() => Set.Validators.Add(result =>
    {
        foreach (System.CommandLine.Parsing.Token token in result.Tokens)
            if (token.Value.IndexOf('=', StringComparison.Ordinal) <= 0) result.AddError($"--set \"{token.Value}\" must be key=value.");
    });

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "run",
            "Runs pipelines until Ctrl-C or SIGTERM, then commits what is in flight and leaves the groups. A second Ctrl-C ends at once.",
            ("streaminfer run topics/fraud/pipeline.yaml", "one pipeline against localhost:9092"),
            ("streaminfer run topics/fraud/pipeline.yaml --check", "check the file and the model, start nothing"),
            ("streaminfer run topics/fraud/pipeline.yaml -b broker:9092 --metrics-port 9464 --set workers=4", "another cluster, endpoints for Prometheus, four workers"))
        {
            Files, Check, MetricsPort, Instance, Set,
        };
        ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(context, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        ConfigOverrides overrides = Overrides(context, parsed);
        IReadOnlyList<PipelineConfig> pipelines = LoadAll(parsed.GetRequiredValue(Files), overrides);
        await using Logger logger = LogOptions.CreateLogger(context, parsed);
        string? instance = parsed.GetValue(Instance) ?? context.Environment.GetValueOrDefault("STREAMINFERENCE_INSTANCE");
        using IHost host = PipelineHost.Create(context, logger, parsed.GetValue(MetricsPort), streams =>
        {
            foreach (PipelineConfig pipeline in pipelines) streams.AddPipeline(pipeline);
            streams.UseKafka(instance).UseOnnx();
        });
        if (parsed.GetValue(Check)) return await CheckAsync(context, host, pipelines);
        using InstanceLock? locks = instance is null ? InstanceLock.Take(pipelines) : null;
        return await ServeAsync(host, logger, cancellation);
    }

    private static async Task<int> ServeAsync(IHost host, Logger logger, CancellationToken cancellation)
    {
        StreamInferenceService service = host.Services.GetRequiredService<StreamInferenceService>();
        await host.StartAsync(CancellationToken.None);
        if (host is WebApplication endpoints) logger.Information("Metrics and health on {Addresses}", endpoints.Urls);
        await Task.WhenAny(service.Completion, cancellation.WhenCancelled());
        using CancellationTokenSource limit = new(StopLimit);
        await host.StopAsync(limit.Token);
        return service.Completion.IsCompletedSuccessfully ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static async Task<int> CheckAsync(CliContext context, IHost host, IReadOnlyList<PipelineConfig> pipelines)
    {
        foreach (PipelineConfig pipeline in pipelines)
        {
            await context.Out.WriteAsync($"{pipeline.Name}\n{Indent(EffectiveConfig.Format(pipeline))}");
            await ModelCheck.LoadAsync(pipeline, host.Services);
            await context.Out.WriteLineAsync("  the model loads");
        }

        return ExitCodes.Ok;
    }

    // All files are read before any error is shown: fixing them one by one would be a run for each.
    private static List<PipelineConfig> LoadAll(string[] files, ConfigOverrides overrides)
    {
        List<PipelineConfig> pipelines = [];
        List<InvalidConfigurationException> refused = [];
        foreach (string file in files)
        {
            try
            {
                pipelines.Add(PipelineConfigFile.Load(file, overrides));
            }
            catch (InvalidConfigurationException exception)
            {
                refused.Add(exception);
            }
        }

        return refused.Count switch
        {
            0 => pipelines,
            1 => throw refused[0],
            _ => throw new InvalidConfigurationException($"{refused.Count} files", [.. refused.SelectMany(e => e.Errors)]),
        };
    }

    private static ConfigOverrides Overrides(CliContext context, ParseResult parsed)
    {
        ConfigOverrides overrides = ClientOptions.Overrides(context, parsed);
        foreach (string setting in parsed.GetValue(Set) ?? [])
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            overrides = overrides.With(setting[..equals], setting[(equals + 1)..], "--set " + setting[..equals]);
        }

        return overrides;
    }

    private static string Indent(string text) => string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"  {line}\n"));
}
