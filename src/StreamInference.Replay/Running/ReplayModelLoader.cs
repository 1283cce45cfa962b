using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.Replay.Running;

/// <summary>Loads the model as the live pipeline does: under its name, by which a host registers decoders and encoders.</summary>
internal sealed class ReplayModelLoader(IModelLoader inner, string pipeline, Action<IModelRunner> prepare) : IModelLoader
{
    public string Kind => inner.Kind;

    public IModelRunner CreateRunner(PipelineConfig config, IServiceProvider services)
    {
        IModelRunner runner = inner.CreateRunner(config with { Name = pipeline }, services);
        prepare(runner);
        return runner;
    }
}
