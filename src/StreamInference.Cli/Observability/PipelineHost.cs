using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;
using StreamInference.Hosting;

namespace StreamInference.Cli.Observability;

/// <summary>A host for pipelines: logs, metrics, traces, and with a port the endpoints <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c>.</summary>
internal static class PipelineHost
{
    /// <summary>Builds the host; the caller starts, stops and disposes it.</summary>
    /// <param name="context">The process.</param>
    /// <param name="logger">Where logs go; the caller disposes it.</param>
    /// <param name="metricsPort">The port of the endpoints on all addresses; 0 for one that the system picks, null for none.</param>
    /// <param name="configure">Adds the pipelines.</param>
    public static IHost Create(CliContext context, ILogger logger, int? metricsPort, Action<StreamInferenceBuilder> configure)
    {
        if (metricsPort is null)
        {
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "streaminfer" });
            AddServices(builder.Services, context, logger, hasEndpoints: false, configure);
            return builder.Build();
        }

        WebApplicationBuilder web = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "streaminfer" });
        web.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenAnyIP(metricsPort.Value));
        web.Services.AddRoutingCore();
        AddServices(web.Services, context, logger, hasEndpoints: true, configure);
        WebApplication application = web.Build();
        HealthEndpoints.Map(application);
        return application;
    }

    private static void AddServices(IServiceCollection services, CliContext context, ILogger logger, bool hasEndpoints, Action<StreamInferenceBuilder> configure)
    {
        services.AddSerilog(logger);
        services.AddMetrics();
        // Signals belong to the process's own handler.
        services.AddSingleton<IHostLifetime, NoLifetime>();
        Telemetry.Add(services, context.Environment, hasEndpoints);
        services.AddStreamInference(configure);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
