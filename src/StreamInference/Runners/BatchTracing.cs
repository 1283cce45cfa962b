using System.Diagnostics;
using System.Text;
using StreamInference.Records;

namespace StreamInference.Runners;

/// <summary>
/// Spans of the activity source <c>StreamInference</c>: one span for each batch, linked to the trace of each record that carries a W3C
/// <c>traceparent</c> header (a batch has many parents, so they are links: OpenTelemetry messaging conventions). Costs nothing without a listener.
/// </summary>
public static class BatchTracing
{
    /// <summary>The activity source's name, for exporters.</summary>
    public const string SourceName = "StreamInference";

    // Backends cut longer lists; OpenTelemetry's default limit of links is 128.
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts the span of a batch; null when nobody listens.</summary>
    public static Activity? Start(ModelIdentity model, MicroBatch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        if (!Source.HasListeners()) return null;
        Activity? activity = Source.StartActivity($"infer {model.Name}", ActivityKind.Consumer, default(ActivityContext), tags: null, Links(batch));
        activity?.SetTag("messaging.batch.message_count", batch.Count);
        activity?.SetTag("gen_ai.request.model", model.ToString());
        return activity;
    }

    private static List<ActivityLink> Links(MicroBatch batch)
    {
        List<ActivityLink> links = [];
        foreach (ref readonly StreamRecord record in batch.Records)
        {
            if (!record.TryGetHeader("traceparent", out ReadOnlySpan<byte> value)) continue;
            if (ActivityContext.TryParse(Encoding.ASCII.GetString(value), null, isRemote: true, out ActivityContext context)) links.Add(new ActivityLink(context));
            if (links.Count == MaxLinks) break;
        }

        return links;
    }
}
