using Microsoft.Extensions.DependencyInjection;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.Cli.Commands;

/// <summary>Finds the loader of a pipeline's model, and loads the model as a start would.</summary>
internal static class ModelCheck
{
    /// <exception cref="InvalidConfigurationException">No loader for the kind, no such version.</exception>
    public static async Task LoadAsync(PipelineConfig pipeline, IServiceProvider services)
    {
        IModelRunner runner = LoaderOf(pipeline, services).CreateRunner(pipeline, services);
        await runner.DisposeAsync();
    }

    /// <exception cref="InvalidConfigurationException">No loader for the kind, no such version.</exception>
    public static IModelLoader LoaderOf(PipelineConfig pipeline, IServiceProvider services)
    {
        string kind = pipeline.Kind ?? ModelFolder.Find(pipeline.Model).ReadKind();
        return services.GetServices<IModelLoader>().LastOrDefault(l => l.Kind == kind)
            ?? throw new InvalidConfigurationException($"Pipeline {pipeline.Name}", [new ConfigError("kind", $"no loader for \"{kind}\" is registered")]);
    }
}
