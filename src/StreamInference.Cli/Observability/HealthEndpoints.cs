using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using StreamInference.Hosting;

namespace StreamInference.Cli.Observability;

/// <summary><c>/healthz</c>: is the process worth keeping; <c>/readyz</c>: do its pipelines take traffic; <c>/metrics</c> for Prometheus.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication application)
    {
        IStreamInferenceHealth health = application.Services.GetRequiredService<IStreamInferenceHealth>();
        application.MapPrometheusScrapingEndpoint("/metrics");
        application.MapGet("/healthz", (RequestDelegate)(http => Answer(http, health, health.IsLive)));
        application.MapGet("/readyz", (RequestDelegate)(http => Answer(http, health, health.IsReady)));
    }

    private static async Task Answer(HttpContext http, IStreamInferenceHealth health, bool isGood)
    {
        http.Response.StatusCode = isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "application/json";
        await using Utf8JsonWriter json = new(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteBoolean("ok", isGood);
        json.WriteStartArray("pipelines");
        foreach (PipelineStatus pipeline in health.Pipelines) Write(json, pipeline);
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(http.RequestAborted);
    }

    private static void Write(Utf8JsonWriter json, PipelineStatus pipeline)
    {
        json.WriteStartObject();
        json.WriteString("name", pipeline.Name);
        json.WriteStartArray("workers");
        foreach (Pipeline.WorkerState worker in pipeline.Workers) json.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(worker.ToString()));
        json.WriteEndArray();
        json.WriteNumber("restarts", pipeline.Restarts);
        if (pipeline.LastFailure is not null) json.WriteString("last_failure", pipeline.LastFailure);
        json.WriteEndObject();
    }
}
