using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StreamInference.Configuration;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Text;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.Onnx.Vision;

/// <summary>Loads models of the kind <c>vision</c> for pipelines.</summary>
public sealed class VisionModelLoader : IModelLoader
{
    /// <inheritdoc/>
    public string Kind => VisionDescriptionFile.Kind;

    /// <inheritdoc/>
    /// <exception cref="InvalidConfigurationException">There is no such model, or the pipeline names a provider that does not exist.</exception>
    /// <exception cref="ModelLoadException">The description has mistakes, or the model cannot be served.</exception>
    public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(services);
        var folder = ModelFolder.Find(pipeline.Model);
        var description = VisionDescriptionFile.Load(Path.Combine(folder.Path, ModelFolder.DescriptionFile));
        // The pipeline's choice of providers goes before the description's.
        description = description with
        {
            Providers = ProviderSettings.Providers(pipeline) ?? description.Providers,
            Require = ProviderSettings.Require(pipeline) ?? description.Require,
        };
        if (description.Version != folder.Version)
            throw new ModelLoadException($"The description in {folder.Path} says version {description.Version}, its folder says {folder.Version}.");
        ILoggerFactory? loggers = services.GetService<ILoggerFactory>();
        OnnxSessionFactory sessions = new(loggers?.CreateLogger<OnnxSessionFactory>());
        IBatchModel model = description.Postprocess is TextSpec
            ? TextModel.Load(description, sessions)
            : VisionModel.Load(description, sessions, loggers?.CreateLogger<VisionModel>());
        return new BatchModelRunner(model, services.GetService<TimeProvider>() ?? TimeProvider.System);
    }
}
