using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamInference.Hosting;
using StreamInference.Pipeline;

namespace StreamInference.Kafka.Hosting;

/// <summary>Connects the pipelines of a host to Kafka.</summary>
public static class KafkaBuilderExtensions
{
    /// <summary>Pipelines read from and write to the Kafka cluster that their <c>kafka</c> section names.</summary>
    /// <param name="builder">The host's pipelines.</param>
    /// <param name="instance">
    /// Names this process among those that run the same pipelines, stable across restarts; null: <c>STREAMINFERENCE_INSTANCE</c>, else the machine's name.
    /// Two processes of one name fence each other.
    /// </param>
    public static StreamInferenceBuilder UseKafka(this StreamInferenceBuilder builder, string? instance = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IPipelineTransport>(services => new KafkaTransport(
            services.GetRequiredService<ILoggerFactory>(), overrides: null, instance, services.GetRequiredService<TimeProvider>()));
        return builder;
    }
}
