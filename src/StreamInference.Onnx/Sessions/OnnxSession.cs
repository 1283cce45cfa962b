using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Sessions;

/// <summary>
/// A session and what it runs on, for one user. The session of a file may have others: it ends with the last of them. It can be run by several threads at
/// once, each with inputs, outputs and bindings of its own.
/// </summary>
public sealed class OnnxSession : IDisposable
{
    private Action? _release;

    internal OnnxSession(InferenceSession session, ExecutionProvider provider, IReadOnlyList<ProviderRefusal> refusals, Action release)
    {
        Session = session;
        Provider = provider;
        Refusals = refusals;
        _release = release;
    }

    /// <summary>ONNX Runtime's session.</summary>
    public InferenceSession Session { get; }

    /// <summary>The provider it was made with.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>The preferred providers that were refused, with the cause of each; empty when the first one runs.</summary>
    public IReadOnlyList<ProviderRefusal> Refusals { get; }

    /// <summary>Gives the session up; frees it when this was its last user. Calling it again changes nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();

    /// <summary>The same session for another user.</summary>
    internal OnnxSession ReleasedBy(Action release) => new(Session, Provider, Refusals, release);
}
