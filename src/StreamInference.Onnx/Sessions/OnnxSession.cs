using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Sessions;

/// <summary>A session and what it runs on. Owns the session.</summary>
public sealed class OnnxSession : IDisposable
{
    internal OnnxSession(InferenceSession session, ExecutionProvider provider, IReadOnlyList<ProviderRefusal> refusals)
    {
        Session = session;
        Provider = provider;
        Refusals = refusals;
    }

    /// <summary>ONNX Runtime's session.</summary>
    public InferenceSession Session { get; }

    /// <summary>The provider it was made with.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>The preferred providers that were refused, with the cause of each; empty when the first one runs.</summary>
    public IReadOnlyList<ProviderRefusal> Refusals { get; }

    /// <inheritdoc/>
    public void Dispose() => Session.Dispose();
}
