using Microsoft.Extensions.DependencyInjection;
using StreamInference.Configuration;
using StreamInference.Runners;

namespace StreamInference.Hosting;

/// <summary>Composes the pipelines of a host. The transport and the model loaders are added by their own packages (<c>UseKafka</c>, <c>UseOnnx</c>).</summary>
public sealed class StreamInferenceBuilder
{
    private readonly List<PipelineConfig> _pipelines = [];

    internal StreamInferenceBuilder(IServiceCollection services) => Services = services;

    /// <summary>The host's services, for extensions.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The pipelines, in the order in which they were added.</summary>
    internal IReadOnlyList<PipelineConfig> Pipelines => _pipelines;

    /// <summary>Adds the pipeline of a file.</summary>
    /// <param name="path">A <c>pipeline.yaml</c>.</param>
    /// <param name="overrides">What overrides the file; null: the environment (<see cref="ConfigOverrides.FromEnvironment()"/>).</param>
    /// <exception cref="InvalidConfigurationException">Names every error of the file.</exception>
    public PipelineBuilder AddPipeline(string path, ConfigOverrides? overrides = null) =>
        AddPipeline(PipelineConfigFile.Load(path, overrides ?? ConfigOverrides.FromEnvironment()));

    /// <summary>Adds a pipeline built in code.</summary>
    /// <exception cref="InvalidConfigurationException">Names every error.</exception>
    public PipelineBuilder AddPipeline(PipelineConfig pipeline)
    {
        PipelineConfigValidator.ThrowIfInvalid(pipeline);
        if (_pipelines.Exists(p => p.Name == pipeline.Name))
            throw new InvalidConfigurationException($"Pipeline {pipeline.Name}", [new ConfigError("name", "is taken by another pipeline of this host: they would fence each other")]);
        _pipelines.Add(pipeline);
        return new PipelineBuilder(this, pipeline);
    }
}

/// <summary>Adds to one pipeline what its file cannot say.</summary>
public sealed class PipelineBuilder
{
    private readonly StreamInferenceBuilder _builder;

    internal PipelineBuilder(StreamInferenceBuilder builder, PipelineConfig pipeline) => (_builder, Config) = (builder, pipeline);

    /// <summary>The pipeline.</summary>
    public PipelineConfig Config { get; }

    /// <summary>Features come from a decoder of the user's own instead of the model's feature map. One instance for each worker.</summary>
    public PipelineBuilder WithDecoder<T>()
        where T : class, IRecordDecoder
    {
        _builder.Services.AddKeyedTransient<IRecordDecoder, T>(Config.Name);
        return this;
    }

    /// <summary>Result values are written by an encoder of the user's own. One instance for each worker.</summary>
    public PipelineBuilder WithEncoder<T>()
        where T : class, IResultEncoder
    {
        _builder.Services.AddKeyedTransient<IResultEncoder, T>(Config.Name);
        return this;
    }
}
