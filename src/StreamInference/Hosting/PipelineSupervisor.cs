using Microsoft.Extensions.Logging;
using StreamInference.Pipeline;

namespace StreamInference.Hosting;

/// <summary>
/// Keeps one pipeline running: one that fails after it has run is started again, later each time; one that fails before it ever ran has a
/// fault that waiting does not heal, and ends.
/// </summary>
internal sealed partial class PipelineSupervisor(StreamPipeline pipeline, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartPeriod = TimeSpan.FromSeconds(30);

    private volatile int _restarts;

    /// <summary>The pipeline.</summary>
    public StreamPipeline Pipeline { get; } = pipeline;

    /// <summary>The pipeline's state now.</summary>
    public PipelineStatus Status => new(Pipeline.Config.Name, Pipeline.Health.Workers, _restarts, Pipeline.Health.LastFailure);

    /// <summary>Runs until <paramref name="stop"/>, or until a bounded source is done.</summary>
    /// <exception cref="PipelineFailedException">The pipeline failed before it ever ran.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        TimeSpan delay = FirstDelay;
        bool hasRun = false;
        try
        {
            while (true)
            {
                long started = time.GetTimestamp();
                try
                {
                    await Pipeline.RunAsync(stop);
                    return;
                }
                catch (PipelineFailedException failure) when (HasRun(started, ref hasRun) && !stop.IsCancellationRequested)
                {
                    if (time.GetElapsedTime(started) > LongestDelay) delay = FirstDelay;
                    LogFailed(Pipeline.Config.Name, delay.TotalSeconds, failure);
                }

                await Task.Delay(delay, time, stop);
                delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
                _restarts++;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Pipeline.Dispose();

    private bool HasRun(long started, ref bool hasRun) => hasRun |= Pipeline.Metrics.Consumed > 0 || time.GetElapsedTime(started) >= StartPeriod;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Pipeline}: failed, starts again in {Seconds} s")]
    private partial void LogFailed(string pipeline, double seconds, Exception exception);
}
