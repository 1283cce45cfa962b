namespace StreamInference.Runners;

/// <summary>The loop in which a runner works.</summary>
public static class RunLoop
{
    /// <summary>Starts a loop on a thread of its own.</summary>
    /// <remarks>
    /// Not on the pool: a thread of it would have to be free for each batch, and the pool of a busy machine makes a new one only after a second. So the loop
    /// waits as threads do, without await.
    /// </remarks>
    /// <param name="loop">Runs until it throws; <see cref="OperationCanceledException"/> after <paramref name="stop"/> is its end in order.</param>
    /// <param name="ended">Called on that thread at the end, with what the loop failed with; null when it was stopped. Here the runner completes its results.</param>
    /// <param name="stop">Ends the loop, which is to wait with it.</param>
    /// <returns>A task that ends with the loop; it does not fail with it.</returns>
    public static Task Start(Action loop, Action<Exception?> ended, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(ended);
        return Task.Factory.StartNew(() => ended(Run(loop, stop)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static Exception? Run(Action loop, CancellationToken stop)
    {
        try
        {
            loop();
            return null;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // whatever it is, the worker must hear of it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception;
        }
    }
}
