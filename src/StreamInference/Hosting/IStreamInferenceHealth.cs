using StreamInference.Pipeline;

namespace StreamInference.Hosting;

/// <summary>Whether a host's pipelines live and take traffic: what <c>/healthz</c> and <c>/readyz</c> answer.</summary>
public interface IStreamInferenceHealth
{
    /// <summary>False when a pipeline has failed for good, or is between a failure and its restart: an orchestrator should replace the process if it stays.</summary>
    bool IsLive { get; }

    /// <summary>Whether every pipeline's model is loaded and its workers read.</summary>
    bool IsReady { get; }

    /// <summary>Each pipeline's state.</summary>
    IReadOnlyList<PipelineStatus> Pipelines { get; }
}

/// <summary>The state of one pipeline.</summary>
/// <param name="Name">The pipeline's name.</param>
/// <param name="Workers">The state of each worker, by slot.</param>
/// <param name="Restarts">How often the pipeline was started again after a failure.</param>
/// <param name="LastFailure">The last failure's message; null when there was none.</param>
public sealed record PipelineStatus(string Name, IReadOnlyList<WorkerState> Workers, int Restarts, string? LastFailure);
