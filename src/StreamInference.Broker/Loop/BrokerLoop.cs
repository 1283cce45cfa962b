using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace StreamInference.Broker.Loop;

/// <summary>
/// The one loop that owns all state of the broker: requests, timers and whatever else must touch that state run here one
/// after the other, so nothing of it is locked. A request that finds the loop idle runs it on its own thread; that saves
/// two hand-overs for each request and changes nothing about the order.
/// </summary>
internal sealed partial class BrokerLoop : IAsyncDisposable
{
    private const int StepsOnOneThread = 8;

    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly LoopTimers _timers;
    private readonly ILogger _log;
    private readonly Task _running;

    public BrokerLoop(TimeProvider clock, ILogger log)
    {
        _log = log;
        _timers = new LoopTimers(clock, WakeTimers);
        _running = RunAsync();
    }

    /// <summary>Runs the action on the loop, soon. After disposal it is dropped.</summary>
    public void Post(Action action) => _work.Writer.TryWrite(action);

    /// <summary>Runs the function on the loop and hands its result back.</summary>
    public Task<T> InvokeAsync<T>(Func<T> function)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_work.Writer.TryWrite(Run)) result.SetException(new ObjectDisposedException(nameof(BrokerLoop)));
        return result.Task;

        void Run()
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception error)
            {
                result.SetException(error);
            }
        }
    }

    /// <summary>Runs the action on the loop after the delay. Called on the loop.</summary>
    public LoopTimer Schedule(TimeSpan delay, Action action) => _timers.Schedule(delay, action);

    /// <summary>Does the work posted so far, then ends the loop.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _running;
        _timers.Dispose();
    }

    private void WakeTimers() => Post(_timers.FireDue);

    private async Task RunAsync()
    {
        var reader = _work.Reader;
        while (await reader.WaitToReadAsync())
        {
            for (var run = 1; reader.TryRead(out var action); run++)
            {
                Execute(action);
                // The thread may be a connection's, which has an answer to write: after a few steps another one goes on.
                if (run % StepsOnOneThread == 0) await Task.Yield();
            }
        }
    }

    private void Execute(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error)
        {
            // One failed request must not end the broker for everyone; its connection is closed by the call itself.
            LogFailure(error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Work on the broker's loop failed")]
    private partial void LogFailure(Exception error);
}
