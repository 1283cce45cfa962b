using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamInference.Configuration;
using StreamInference.Onnx.Sessions;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>Loads tabular models for pipelines. A decoder or an encoder that is registered under the pipeline's name takes the place of the description's.</summary>
public sealed class TabularModelLoader : IModelLoader
{
    /// <inheritdoc/>
    public string Kind => TabularDescriptionReader.Kind;

    /// <inheritdoc/>
    /// <exception cref="ModelLoadException">The model cannot be served.</exception>
    /// <exception cref="InvalidConfigurationException">The pipeline names a provider that does not exist.</exception>
    public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(services);
        TimeProvider time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        TabularModelOptions options = new()
        {
            Version = pipeline.Model.Version,
            Providers = ProviderSettings.Providers(pipeline),
            Require = ProviderSettings.Require(pipeline),
            Decoder = services.GetKeyedService<IRecordDecoder>(pipeline.Name),
            Encoder = services.GetKeyedService<IResultEncoder>(pipeline.Name),
            AllowsLatency = pipeline.Replay is null,
            Time = time,
            Logger = services.GetService<ILoggerFactory>()?.CreateLogger<TabularModel>(),
        };
        return new BatchModelRunner(TabularModel.Load(pipeline.Model.Path, options), time);
    }
}
