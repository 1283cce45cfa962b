using System.Threading.Tasks.Sources;
using StreamInference.Broker.Handlers;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Loop;

/// <summary>How a call ended: with a response, silently (nothing is sent), or by closing the connection.</summary>
internal readonly record struct CallResult(IMessage? Response, bool Disconnect = false);

/// <summary>
/// One request on its way through the loop. Its connection awaits it; a handler completes it at once or later, on the
/// loop, exactly once (later completions are ignored).
/// </summary>
internal sealed class Call : IValueTaskSource<CallResult>
{
    private ManualResetValueTaskSourceCore<CallResult> _source = new() { RunContinuationsAsynchronously = true };
    private bool _ended;

    public required IRequestHandler Handler { get; init; }

    public required ConnectionInfo Connection { get; init; }

    public required short Version { get; init; }

    public required string? ClientId { get; init; }

    public required IMessage Request { get; init; }

    /// <summary>What an injected fault does with the response, if anything.</summary>
    public Func<IMessage, CallResult>? OnResponse { get; set; }

    /// <summary>How long an injected fault holds the response back; the connection waits.</summary>
    public TimeSpan ResponseDelay { get; set; }

    public bool IsEnded => _ended;

    public ValueTask<CallResult> Result => new(this, _source.Version);

    public void Complete(IMessage response) => End(OnResponse is null ? new CallResult(response) : OnResponse(response));

    /// <summary>Ends the call without a response, as for a produce with acks=0.</summary>
    public void CompleteSilently() => End(new CallResult(null));

    public void Disconnect() => End(new CallResult(null, Disconnect: true));

    CallResult IValueTaskSource<CallResult>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<CallResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<CallResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void End(CallResult result)
    {
        if (_ended) return;
        _ended = true;
        _source.SetResult(result);
    }
}

/// <summary>Where a request came from.</summary>
internal sealed record ConnectionInfo(string Id, string Host);
