using StreamInference.Configuration;

namespace StreamInference.Onnx.Sessions;

/// <summary>Reads the execution providers that a pipeline names; they go before those of the model's description.</summary>
internal static class ProviderSettings
{
    /// <summary>The providers in order of preference; null when the pipeline names none.</summary>
    /// <exception cref="InvalidConfigurationException">A name is not a provider's.</exception>
    internal static IReadOnlyList<ExecutionProvider>? Providers(PipelineConfig pipeline) =>
        pipeline.Model.Providers is { } names ? [.. names.Select(name => Parse(pipeline, "model.providers", name))] : null;

    /// <summary>The provider without which the pipeline does not start; null when the pipeline names none.</summary>
    /// <exception cref="InvalidConfigurationException">The name is not a provider's.</exception>
    internal static ExecutionProvider? Require(PipelineConfig pipeline) =>
        pipeline.Model.Require is { } name ? Parse(pipeline, "model.require", name) : null;

    private static ExecutionProvider Parse(PipelineConfig pipeline, string key, string name) =>
        ExecutionProviders.TryParse(name, out ExecutionProvider provider)
            ? provider
            : throw new InvalidConfigurationException($"Pipeline {pipeline.Name}", [new ConfigError(key, $"{name} is not an execution provider; known are {string.Join(", ", ExecutionProviders.Names)}")]);
}
