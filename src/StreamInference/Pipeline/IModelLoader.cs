using StreamInference.Configuration;
using StreamInference.Runners;

namespace StreamInference.Pipeline;

/// <summary>Makes runners of one kind of model.</summary>
public interface IModelLoader
{
    /// <summary>The kind that a pipeline or a model description names: <c>tabular</c>, <c>vision</c>, <c>llm</c>, or one of the user's own.</summary>
    string Kind { get; }

    /// <summary>Loads, warms up and checks the model, and gives a runner that takes traffic at once. The caller disposes it.</summary>
    /// <param name="pipeline">The pipeline; its <see cref="ModelConfig.Path"/> is a full path.</param>
    /// <param name="services">The host's services: a registered decoder or encoder of the pipeline has its name as key.</param>
    IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services);
}
