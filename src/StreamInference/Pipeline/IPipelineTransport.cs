using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Runners;
using StreamInference.Sources;

namespace StreamInference.Pipeline;

/// <summary>Connects workers to a cluster. The one implementation a host has is chosen when it is composed.</summary>
public interface IPipelineTransport
{
    /// <summary>What on the cluster keeps <paramref name="pipeline"/> from running, a line each: topics that do not exist, or do not fit each other. Empty: nothing.</summary>
    IReadOnlyList<string> FindObstacles(PipelineConfig pipeline) => [];

    /// <summary>Makes the source of worker <paramref name="slot"/> (0-based, stable across restarts); it is not started yet.</summary>
    IRecordSource CreateSource(PipelineConfig pipeline, int slot);

    /// <summary>Makes the sink of worker <paramref name="slot"/>, whose offsets are those of <paramref name="source"/>.</summary>
    ITransactionalSink CreateSink(PipelineConfig pipeline, int slot, IRecordSource source);

    /// <summary>
    /// Reads the pipeline's control topic from some time before now on. Returns when <paramref name="cancel"/> has been given every cancellation that
    /// was there at the call, and goes on until the result is disposed, on a thread of its own.
    /// </summary>
    /// <exception cref="SourceFailedException">The topic cannot be read.</exception>
    IDisposable ReadControl(PipelineConfig pipeline, int slot, Action<RequestCancellation> cancel, CancellationToken stop) =>
        throw new NotSupportedException("This transport has no control topics.");
}
