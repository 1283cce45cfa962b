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
    /// <exception cref="ModelLoadException">The description has mistakes, or the model cannot be served.</exception>
    public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(services);
        var folder = ModelFolder.Find(pipeline.Model);
        var description = WithPipeline(VisionDescriptionFile.Load(Path.Combine(folder.Path, ModelFolder.DescriptionFile)), pipeline.Model);
        if (description.Version != folder.Version)
            throw new ModelLoadException($"The description in {folder.Path} says version {description.Version}, its folder says {folder.Version}.");
        OnnxSessionFactory sessions = new(services.GetService<ILoggerFactory>()?.CreateLogger<OnnxSessionFactory>());
        IBatchModel model = description.Postprocess is TextSpec ? TextModel.Load(description, sessions) : VisionModel.Load(description, sessions);
        return new BatchModelRunner(model, services.GetService<TimeProvider>() ?? TimeProvider.System);
    }

    // The pipeline's choice of providers goes before the description's.
    private static VisionDescription WithPipeline(VisionDescription description, ModelConfig model)
    {
        if (model.Providers is { } names)
            description = description with { Providers = [.. names.Select(Provider)] };
        return model.Require is { } required ? description with { Require = Provider(required) } : description;
    }

    private static ExecutionProvider Provider(string name) =>
        ExecutionProviders.TryParse(name, out var provider) ? provider
        : throw new ModelLoadException($"'{name}' is not a provider; known are {string.Join(", ", ExecutionProviders.Names)}.");
}
