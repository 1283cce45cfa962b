using Microsoft.Extensions.DependencyInjection;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.Cli.Commands;

/// <summary>Loads a pipeline's model as a start would, and lets it go.</summary>
internal static class ModelCheck
{
    /// <exception cref="InvalidConfigurationException">No loader for the kind, no such version.</exception>
    public static async Task LoadAsync(PipelineConfig pipeline, IServiceProvider services)
    {
        string kind = pipeline.Kind ?? ModelFolder.Find(pipeline.Model).ReadKind();
        IModelLoader loader = services.GetServices<IModelLoader>().LastOrDefault(l => l.Kind == kind)
            ?? throw new InvalidConfigurationException($"Pipeline {pipeline.Name}", [new ConfigError("kind", $"no loader for \"{kind}\" is registered")]);
        IModelRunner runner = loader.CreateRunner(pipeline, services);
        await runner.DisposeAsync();
    }
}
