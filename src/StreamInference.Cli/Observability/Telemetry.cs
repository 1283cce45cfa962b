using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StreamInference.Pipeline;

namespace StreamInference.Cli.Observability;

/// <summary>Exports metrics and traces: Prometheus on the metrics port, OTLP where the standard variables of OpenTelemetry name an endpoint.</summary>
internal static class Telemetry
{
    private static readonly string[] EndpointVariables =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    public static void Add(IServiceCollection services, IReadOnlyDictionary<string, string> environment, bool hasPrometheus)
    {
        bool Names(string variable) => environment.TryGetValue(variable, out string? value) && value.Length > 0;
        bool hasMetrics = Names(EndpointVariables[0]) || Names(EndpointVariables[1]);
        bool hasTraces = Names(EndpointVariables[0]) || Names(EndpointVariables[2]);
        if (!hasPrometheus && !hasMetrics && !hasTraces) return;

        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("streaminfer"));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(PipelineMetrics.MeterName).AddRuntimeInstrumentation();
            if (hasPrometheus) metrics.AddPrometheusExporter();
            if (hasMetrics) metrics.AddOtlpExporter();
        });
        if (hasTraces) telemetry.WithTracing(traces => traces.AddSource(PipelineMetrics.MeterName).AddOtlpExporter());
    }
}
