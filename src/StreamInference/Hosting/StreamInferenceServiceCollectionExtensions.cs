using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace StreamInference.Hosting;

/// <summary>Adds pipelines to a host.</summary>
public static class StreamInferenceServiceCollectionExtensions
{
    /// <summary>
    /// Adds pipelines that start and stop with the host. May be called more than once: the pipelines add up.
    /// </summary>
    /// <example><code>services.AddStreamInference(streams =&gt; streams.AddPipeline("pipeline.yaml")).UseKafka().UseOnnx();</code></example>
    public static StreamInferenceBuilder AddStreamInference(this IServiceCollection services, Action<StreamInferenceBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        StreamInferenceBuilder builder = Existing(services) ?? AddServices(services);
        configure?.Invoke(builder);
        return builder;
    }

    private static StreamInferenceBuilder? Existing(IServiceCollection services) =>
        services.FirstOrDefault(s => s.ServiceType == typeof(StreamInferenceBuilder))?.ImplementationInstance as StreamInferenceBuilder;

    private static StreamInferenceBuilder AddServices(IServiceCollection services)
    {
        StreamInferenceBuilder builder = new(services);
        services.AddSingleton(builder);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<StreamInferenceService>();
        services.AddSingleton<IStreamInferenceHealth>(provider => provider.GetRequiredService<StreamInferenceService>());
        services.AddHostedService(provider => provider.GetRequiredService<StreamInferenceService>());
        return builder;
    }
}
